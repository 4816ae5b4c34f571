"""Counts what a JUnit report of ctest holds: "passed failed skipped" on one line, or with
--details the names of what failed and of what was skipped, with the reason."""

import sys
import xml.etree.ElementTree as tree


def reason(case):
    text = (case.findtext("system-out") or "").strip()
    lines = [line for line in text.splitlines() if "SKIP" in line.upper()]
    return lines[-1].strip() if lines else "no reason given"


def main():
    details = sys.argv[1] == "--details"
    cases = tree.parse(sys.argv[-1]).getroot().findall("testcase")
    failed = [c for c in cases if c.get("status") == "fail"]
    skipped = [c for c in cases if c.get("status") in ("notrun", "disabled")]
    if not details:
        print(len(cases) - len(failed) - len(skipped), len(failed), len(skipped))
        return
    for case in failed:
        print("  failed:", case.get("name"))
        lines = (case.findtext("system-out") or "").strip().splitlines()
        for line in lines[-25:]:
            print("    |", line)
    for case in skipped:
        print("  skipped:", case.get("name"), "-", reason(case))


main()
