from __future__ import annotations

import pytest
from tests import factories

from pointnemo.planning.driving import with_burn_errors
from pointnemo.results import Driver
from pointnemo.risk import burn_spread_of

REST = Driver(id="rest", text="the rest", length_share=1.0, toe_km_per_sigma=50.0, heel_km_per_sigma=200.0)


def test_errors_of_the_final_burn_move_heel_and_toe_alike() -> None:
    reenter = factories.make_reenter().model_copy(update={"drivers": (REST,)})
    descend = factories.make_descend()
    burn, rest = with_burn_errors(reenter, descend).drivers
    assert rest == REST
    assert burn.length_share == 0.0
    sigma_km = burn_spread_of(descend.branches, descend.burns[-1].id).sigma_km()
    assert burn.heel_km_per_sigma == burn.toe_km_per_sigma == pytest.approx(sigma_km)
    assert 30.0 < sigma_km < 200.0


def test_without_burns_or_drivers_nothing_is_added() -> None:
    reenter = factories.make_reenter().model_copy(update={"drivers": (REST,)})
    descend = factories.make_descend()
    assert with_burn_errors(reenter, descend.model_copy(update={"burns": ()})).drivers == (REST,)
    assert with_burn_errors(factories.make_reenter(), descend).drivers == ()
