"""A firm goes out and comes in by commands."""

from pathlib import Path

from counterfoil.mirror.models import Workspace
from tests.integration.cli.conftest import Shell
from tests.integration.web.firms import make_firm, make_invoice, make_organisation


def test_a_firm_goes_out_and_comes_in_and_a_strange_file_is_refused(shell: Shell, tmp_path: Path) -> None:
    firm = make_firm("Kōwhai & Co")
    make_invoice(firm, make_organisation(firm))
    file, strange = tmp_path / "firm.zip", tmp_path / "strange.zip"
    strange.write_text("nothing of ours")

    out = shell.run("export-workspace", str(file), "--workspace", "Kōwhai & Co")
    back = shell.run("import-workspace", str(file), "--name", "Elsewhere")
    refused = shell.run("import-workspace", str(strange))

    assert (out.code, back.code, refused.code) == (0, 0, 3)
    assert back.text.startswith("Elsewhere: ")
    assert "Connect each organisation anew" in back.text
    assert "is not a whole export of a firm" in refused.err
    assert Workspace.objects.filter(name="Elsewhere").count() == 1
