"""A file through the API: given, looked at, decided about, added once, and taken back."""

from counterfoil.features.clients.models import Client
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import NOW, Firm

CLIENTS = "Name;Number;Mail\nKowhai Builders;7;k@example.com\nRimu Ltd;8;\n"


def give(program: Program, content: str = CLIENTS, kind: str = "clients") -> str:
    answer = program.post("uploads", {"kind": kind, "name": "clients.csv", "content": content})
    assert answer.status_code == 201, answer.content
    return f"uploads/{answer.json()['id']}"


def test_a_file_is_looked_at_added_once_and_taken_back(firm: Firm, program: Program) -> None:
    path = give(program)
    seen = program.get(path).json()
    lines = program.get(f"{path}/lines").json()["data"]
    with firm.inside():
        assert not Client.objects.exists()

    added = [program.post(f"{path}/add").json() for _ in range(2)]
    undone = program.post(f"{path}/undo").json()

    assert (seen["columns"], seen["meanings"]) == (["Name", "Number", "Mail"], ["name", "number", "email"])
    assert (seen["lines"]["new"], seen["problem"]) == (2, "")
    assert [one["cells"] for one in lines] == [
        ["Kowhai Builders", "7", "k@example.com"],
        ["Rimu Ltd", "8", ""],
    ]
    assert [one["made"] for one in added] == [2, 0]
    assert undone == {"removed": 2, "restored": 0, "kept": []}
    with firm.inside():
        assert not Client.objects.exists()


def test_the_same_file_again_is_the_same_import(program: Program) -> None:
    paths = {give(program), give(program)}

    [listed] = program.get("uploads").json()["data"]
    assert paths == {f"uploads/{listed['id']}"}


def test_what_may_be_here_already_waits_for_a_decision(firm: Firm, program: Program) -> None:
    with firm.inside():
        here = Client.objects.create(workspace=firm.workspace, name="Kowhai Builders", created_at=NOW)
    path = give(program)

    first = program.post(f"{path}/add").json()
    [found] = program.get(f"{path}/lines?state=found").json()["data"]
    decided = program.post(f"{path}/choose", {"lines": {found["line"]: "complete"}}).json()
    second = program.post(f"{path}/add").json()

    assert (first["made"], first["waiting"], found["may_be"]) == (1, 1, "Kowhai Builders")
    assert (decided["waiting"], second["completed"]) == (0, 1)
    with firm.inside():
        assert Client.objects.get(pk=here.pk).email == "k@example.com"


def test_what_columns_are_is_said_and_what_they_cannot_be_is_refused(firm: Firm, program: Program) -> None:
    path = give(program, "Who;What\nKowhai;7\n")

    nameless = program.post(f"{path}/add")
    wrong = [program.post(path, {"meanings": meanings}) for meanings in (["name"], ["name", "shoe size"])]
    said = program.post(path, {"meanings": ["name", "number"]}).json()
    added = program.post(f"{path}/add").json()

    assert problem(nameless)["type"] == "/api/#not-possible-now"
    assert {problem(one)["type"] for one in wrong} == {"/api/#not-valid"}
    assert (said["problem"], added["made"]) == ("", 1)
    with firm.inside():
        assert Client.objects.get().number == "7"


def test_what_is_no_table_is_refused(program: Program) -> None:
    told = problem(program.post("uploads", {"kind": "clients", "content": "   "}))

    assert told["type"] == "/api/#not-valid"
