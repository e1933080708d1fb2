#!/usr/bin/env python3
"""Cuts the terminal set into the files that `vyavs-train fraud` takes. usage: fraud_split.py TRANSACTIONS.csv.gz week|handbook OUT_DIR

week      train.csv: up to 2018-08-07; test.csv: 2018-08-08..14, the last seven days.
handbook  the published one-week protocol (Le Borgne et al., ch. 3): test.csv as above, but each day without the customers of whom a
          fraud is known by then (in the training week 2018-07-25..31, or told by the day before at seven days' delay); train.csv: all other
          rows, of which those in the test week only fill windows. To learn from the week alone: --fit-from 2018-07-25.
"""
import csv, datetime, gzip, os, sys

source, protocol, out = sys.argv[1:]
with gzip.open(source, "rt") as file:
    header, *rows = csv.reader(file)
rows.sort(key=lambda row: row[1])
day = lambda row: datetime.date.fromisoformat(row[1][:10])
first, known = datetime.date(2018, 8, 8), set()
if protocol == "handbook":
    week = (datetime.date(2018, 7, 25), datetime.date(2018, 7, 31))
    known = {row[2] for row in rows if row[5] == "1" and week[0] <= day(row) <= week[1]}
frauds = {}
for row in rows:
    if row[5] == "1":
        frauds.setdefault(day(row), set()).add(row[2])
kept = []
for number in range(7):
    today = first + datetime.timedelta(number)
    if protocol == "handbook":
        known |= frauds.get(today - datetime.timedelta(8), set())
    kept += [row for row in rows if day(row) == today and row[2] not in known]
tested = {row[0] for row in kept}
os.makedirs(out, exist_ok=True)
for name, part in (("train", [row for row in rows if row[0] not in tested]), ("test", kept)):
    with open(os.path.join(out, name + ".csv"), "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *part])
