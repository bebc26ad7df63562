"""The organization: dozens of teams in a hierarchy, with difficult names."""

from __future__ import annotations

from standin.org import Org


def test_there_are_dozens_of_teams_in_three_levels_and_two_trees() -> None:
    org = Org(0)
    assert 40 <= len(org.teams) <= 50
    assert {team.path.count("/") for team in org.teams} == {0, 1, 2}
    assert [tree.name for tree in org.trees] == ["Engineering", "Operations"]
    assert len(org.teams_of(org.trees[0])) > 2 * len(org.teams_of(org.trees[1]))


def test_every_team_can_be_found_by_each_of_its_names() -> None:
    org = Org(0)
    for team in org.teams:
        assert org.team(team.team_id) is org.team_by_ref(team.ref_id) is org.team_at(team.path) is team
        assert team.path.rpartition("/")[2] == team.name
    for unique in ("team_id", "ref_id", "path"):
        assert len({getattr(team, unique) for team in org.teams}) == len(org.teams)


def test_parents_are_above_their_children() -> None:
    org = Org(0)
    for team in org.teams:
        parent = org.team_by_ref(team.parent_ref_id) if team.parent_ref_id else None
        assert team.path == (f"{parent.path}/{team.name}" if parent else team.name)
        assert team.is_leaf == (org.below(team) == (team,))


def test_names_contain_commas_quotes_and_more_than_ascii_and_repeat() -> None:
    names = [team.name for team in Org(0).teams]
    assert any("," in name for name in names)
    assert any('"' in name for name in names)
    assert any(not name.isascii() for name in names)
    assert len(set(names)) < len(names)


def test_ids_depend_on_the_seed() -> None:
    assert Org(3).teams == Org(3).teams
    assert {team.team_id for team in Org(3).teams}.isdisjoint(team.team_id for team in Org(4).teams)


def test_it_can_be_larger() -> None:
    assert 500 <= len(Org(0, at_least=500).teams) < 550
    assert Org(0, at_least=500).teams[0] == Org(0).teams[0]
