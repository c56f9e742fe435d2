"""A made-up term in which much is decided about people and organisations."""

# Two locks, and work that counts until the first; a penalty that waits for the office, one that takes effect by itself.
DECIDED = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}, hours: {name: 学时}}
phases:
  - {id: study, kind: online_study, name: 学习, window: 2024-03-04 .. 2024-03-08, locks: first}
  - {id: school, kind: school_research, name: 校本, window: 2024-03-07 .. 2024-03-12, locks: second}
  - {id: end, kind: wrap_up, name: 总结, window: 2024-03-16 .. 2024-03-18}
cutoffs: {first: 2024-03-09, second: 2024-03-14}
tasks:
  - {id: essay, role: learner, phase: study, shows: file, name: 论文, marked by: tutor, marks: [优秀, 合格, 不合格]}
  - {id: course, role: learner, phase: study, shows: hours, name: 学时, prior: 5}
  - {id: diary, role: learner, phase: school, shows: file, name: 日志, prior: 2}
  - {id: brief, role: tutor, phase: study, shows: file, name: 简报}
assessments:
  - id: online
    of: learner
    locks: first
    pass: 6 of 20
    components:
      - {task: essay, points: 10, rule: mark, worth: {优秀: 10, 合格: 6, 不合格: 0}}
      - {task: course, points: 10, rule: proportional, full at: 4}
  - {id: research, of: learner, locks: second, pass: 5 of 10, components: [{task: diary, points: 10, rule: count, each: 5}]}
  - id: tutoring
    of: tutor
    locks: first
    pass: 10 of 20
    components:
      - {id: rate, of: essay, points: 10, rule: rate}
      - {task: brief, points: 10, rule: flat, at least: 1}
filings:
  - id: plan
    name: 方案
    about: organisation
    owed: yes
    chain: [{tier: school, does: apply, by: 2024-03-06}, {tier: county, does: accept}]
  - id: leaving
    name: 退出
    about: person
    chain: [{does: apply}, {tier: school, does: accept, by: 2024-03-13}]
    on acceptance: withdraw
penalties:
  - {id: no_plan, name: 未报方案, filing: plan, of: research, loses: diary, waits on: county, if undecided: hold}
  - {id: no_brief, name: 未交简报, tasks: brief, of: online, loses: course, waits on: county, if undecided: apply}
appeals: [{of: online, within: 3 days}, {of: research, within: 2 days}]
gates: [{before: first, require: all handed in work marked, waits on: tutor}]
"""
