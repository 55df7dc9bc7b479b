"""Populations from networkx graphs: the people and ties of the graph, whatever its kind."""

import subprocess
import sys

import networkx as nx
import pytest

from chatsim.errors import ConfigurationError
from chatsim.population import from_graph


def _contacts(population):
    return [population.contacts_of(user).tolist() for user in range(population.users)]


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_an_edge_of_any_kind_makes_both_each_others_contact(kind):
    population = from_graph(kind([(0, 1), (2, 1)]), seed=4)
    assert _contacts(population) == [[1], [0, 2], [1]]
    assert population.names is None
    assert population.group_count == 0
    assert population.seed == 4
    assert population.description == "3 people (networkx graph)"


def test_node_names_are_kept_and_numbered_as_ids_of_a_file_are():
    graph = nx.Graph([("10", "x"), ("x", 9)], name="village")
    population = from_graph(graph, seed=1)
    assert population.names == ("10", "9", "x")
    assert _contacts(population) == [[2], [2], [0, 1]]
    assert population.description == "3 people (village)"
    assert from_graph(nx.path_graph([10, 9, -2]), seed=1).names == ("-2", "9", "10")


def test_a_node_without_ties_is_a_person_without_contacts():
    graph = nx.Graph([(0, 2)])
    graph.add_node(1)
    assert _contacts(from_graph(graph, seed=1)) == [[2], [], [0]]


def test_ties_given_twice_and_loops_are_dropped_and_counted():
    graph = nx.DiGraph([(0, 1), (1, 0), (1, 1)])
    population = from_graph(graph, seed=1)
    assert _contacts(population) == [[1], [0]]
    assert population.notes == (
        "Of 3 ties in networkx graph, 1 stood there before and 1 tied somebody to themselves; they were dropped.",
    )


@pytest.mark.parametrize("given", [{1: [2]}, "friends.txt", None])
def test_what_is_no_graph_is_refused_by_its_type(given):
    with pytest.raises(ConfigurationError, match=f"this is a {type(given).__name__}"):
        from_graph(given, seed=1)


def test_two_nodes_of_one_name_and_an_empty_graph_are_refused():
    with pytest.raises(ConfigurationError, match="Two nodes of the graph read 1;"):
        from_graph(nx.Graph([(1, "1")]), seed=1)
    with pytest.raises(ConfigurationError, match="population of 0 users"):
        from_graph(nx.Graph(), seed=1)


def test_networkx_is_imported_by_nobody_but_the_caller():
    program = (
        "import sys, chatsim.population\n"
        "try: chatsim.population.from_graph(3, seed=1)\n"
        "except chatsim.errors.ConfigurationError as error: print(error, 'networkx' in sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "A population takes a networkx graph; this is a int. False"
