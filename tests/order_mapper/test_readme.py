import re
from pathlib import Path

README = Path(__file__).parents[2] / "packages" / "order_mapper" / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_first_example_of_the_readme_runs(capsys):
    exec(EXAMPLES[0], {})
    assert capsys.readouterr().out == "odoo_demo_42 1999\n"


def test_the_classic_example_of_the_readme_runs():
    scope = {}
    exec(EXAMPLES[1], scope)
    asked = []

    def search_read(model, domain, fields, **kwargs):
        return []

    def read(model, ids, fields, **kwargs):
        asked.append(model)
        return []

    assert scope["read_classically"](search_read, read, []) == []
    assert asked == []
