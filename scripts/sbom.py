"""`make sbom`: what is installed, as a CycloneDX document, and the list of licences that follows from it.

`build/sbom.cdx.json` holds the Python packages of the environment (as cyclonedx-py sees them) and the jars of
`jars/jars.sha256`. `docs/licences.md` is written from it; `--check` says whether it is current. Nothing asks the network.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from catalog.jars import locked

ROOT = Path(__file__).resolve().parent.parent
BOM = ROOT / "build" / "sbom.cdx.json"
LICENCES = ROOT / "docs" / "licences.md"

# By the beginning of a jar's group, as its own pom says. A group that is not here is refused.
_JARS = {
    "com.fasterxml.jackson": "Apache-2.0", "io.delta": "Apache-2.0", "io.unitycatalog": "Apache-2.0",
    "javax.annotation": "CDDL-1.1 OR GPL-2.0-only WITH Classpath-exception-2.0", "org.apache": "Apache-2.0",
    "org.reactivestreams": "MIT-0", "org.wildfly.openssl": "Apache-2.0", "software.amazon": "Apache-2.0",
}  # fmt: skip
# Packages whose metadata names no licence; what the licence file in the package says.
_PACKAGES = {"protobuf": "BSD-3-Clause"}
_SPELLED = {
    "Apache Software License": "Apache-2.0", "BSD License": "BSD", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later", "MIT License": "MIT",
}  # fmt: skip


class Unknown(Exception):
    """A part whose licence nobody has named; the message says where to name it."""


def bom(folder: Path = ROOT / "jars") -> dict[str, Any]:
    """The whole document, in the order of names. Raises Unknown, CalledProcessError."""
    command = ["cyclonedx_py", "environment", "--no-validate", "--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    done = subprocess.run([sys.executable, "-m", *command, sys.executable], cwd=ROOT, capture_output=True, text=True, check=True)
    made: dict[str, Any] = json.loads(done.stdout)
    made["components"] += [jar(name, sha256) for name, sha256 in sorted(locked(folder).items())]
    return made


def jar(name: str, sha256: str) -> dict[str, Any]:
    """A component for `<group>_<artifact>-<version>.jar`; a group has no underscore."""
    group, _, rest = name.removesuffix(".jar").partition("_")
    found = re.fullmatch(r"(?P<artifact>.+?)-(?P<version>\d[0-9A-Za-z.]*)", rest)
    licence = next((told for begins, told in _JARS.items() if group.startswith(begins)), "")
    if found is None or not licence:
        raise Unknown(f"{name} 没有登记许可证；查明后写入 scripts/sbom.py 的 _JARS")
    purl = f"pkg:maven/{group}/{found['artifact']}@{found['version']}"
    return {
        "type": "library", "bom-ref": purl, "group": group, "name": found["artifact"], "version": found["version"], "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": sha256}], "licenses": [{"expression": licence}],
    }  # fmt: skip


def validate(made: Mapping[str, Any]) -> str:
    """What is wrong with the document by CycloneDX's own schema; empty when nothing is."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    version = SchemaVersion.from_version(made["specVersion"])
    return str(JsonStrictValidator(version).validate_str(json.dumps(made)) or "")


def licence(component: Mapping[str, Any]) -> str:
    """As the package says it, classifiers in short. Raises Unknown."""
    told = [one.get("expression") or one["license"].get("id") or one["license"].get("name", "") for one in component.get("licenses", ())]
    short = dict.fromkeys(_SPELLED.get(last := t.rpartition(":: ")[2], last) for t in told if t)
    found = " / ".join(short) or _PACKAGES.get(component["name"], "")
    if not found:
        raise Unknown(f"{component['name']} 没有说明许可证；看它带的许可证文件，写入 scripts/sbom.py 的 _PACKAGES")
    return found


def page(components: Iterable[Mapping[str, Any]]) -> str:
    """`docs/licences.md`. Names without versions: what changes with every update stands in the SBOM."""
    rows = sorted({(c.get("group", ""), c["name"], licence(c)) for c in components})
    lines = "\n".join(f"| {f'{group}:{name}' if group else name} | {told} |" for group, name, told in rows)
    return (
        "# 所用软件的许可证 · licences\n\n由 `make sbom` 写成，不要手改；版本和哈希见 `build/sbom.cdx.json`（CycloneDX）。"
        "Spark 自带的 jar 及其许可证在 pyspark 包的 `jars/`、`licenses/` 里。\n\n"
        f"| 软件包 | 许可证 |\n|---|---|\n{lines}\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="软件物料清单和许可证（SBOM and licences）")
    parser.add_argument("--check", action="store_true", help="只看 docs/licences.md 是否仍然属实（is the committed list current）")
    check = parser.parse_args().check
    made = bom()
    listed = page(made["components"])
    if check:
        current = LICENCES.exists() and LICENCES.read_text(encoding="utf-8") == listed
        print(f"{LICENCES.relative_to(ROOT)} {'属实' if current else '已过时；请执行 make sbom 并提交'}")
        return 0 if current else 1
    if wrong := validate(made):
        raise Unknown(f"SBOM 不符合 CycloneDX：{wrong}")
    BOM.parent.mkdir(exist_ok=True)
    BOM.write_text(f"{json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True)}\n", encoding="utf-8")
    LICENCES.write_text(listed, encoding="utf-8")
    print(f"{BOM.relative_to(ROOT)}：{len(made['components'])} 个组件，符合 CycloneDX {made['specVersion']}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Unknown, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        sys.exit(3)
