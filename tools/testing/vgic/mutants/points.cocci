// SPDX-License-Identifier: GPL-2.0
//
// Where a mutation is possible. Nothing is rewritten here: each rule prints the
// range of what it matched, and mutate_source.py puts a switch around it. So all
// mutants fit into one file, lines stay where they are, and one build has all.
//
// The first word printed is the rule; mutate_source.py has what becomes of it.

@initialize:python@
@@
def span(p):
    return "%s:%s-%s:%s" % (p.line, p.column, p.line_end, p.column_end)

def point(rule, *positions):
    print("POINT", rule, positions[0][0].current_element, *(span(p[0]) for p in positions))

// Statement deletion, dropped locks and references among them

@stmt@
expression E;
position p;
@@
 E@p;

@script:python@
p << stmt.p;
@@
point("statement", p)

@jump@
expression E;
identifier l;
position p;
@@
(
 return@p E;
|
 return@p;
|
 goto@p l;
|
 break@p;
|
 continue@p;
)

@script:python@
p << jump.p;
@@
point("jump", p)

// One of several steps, of which the first error counts
@step@
expression a, b;
position p, q;
@@
 a@p ?: b@q

@script:python@
p << step.p;
q << step.q;
@@
point("step", p)
point("step", q)

@scoped@
iterator name scoped_guard;
expression list es;
statement S;
position p;
@@
 scoped_guard@p(es) S

@script:python@
p << scoped.p;
@@
point("scoped", p)

// Condition negation

@cond@
expression C;
statement S1, S2;
position p;
@@
(
 if (C@p) S1 else S2
|
 while (C@p) S1
)

@script:python@
p << cond.p;
@@
point("condition", p)

@bounded@
expression C, e1, e2;
statement S1;
position p;
@@
 for (e1; C@p; e2) S1

@script:python@
p << bounded.p;
@@
point("condition", p)

@choice@
expression C, a, b;
position p;
@@
 C@p ? a : b

@script:python@
p << choice.p;
@@
point("condition", p)

@both@
expression a, b;
position p, q;
@@
 a@p && b@q

@script:python@
p << both.p;
q << both.q;
@@
point("condition", p)
point("condition", q)

@either@
expression a, b;
position p, q;
@@
 a@p || b@q

@script:python@
p << either.p;
q << either.q;
@@
point("condition", p)
point("condition", q)

@retval@
expression E;
position p;
@@
 return E@p;

@script:python@
p << retval.p;
@@
point("value", p)

// Off by one

@bound@
expression a, b;
position p, q;
@@
(
 a@p < b@q
|
 a@p <= b@q
|
 a@p > b@q
|
 a@p >= b@q
)

@script:python@
p << bound.p;
q << bound.q;
@@
point("bound", p, q)

@sum@
expression a, b;
position p, q;
@@
(
 a@p + b@q
|
 a@p - b@q
)

@script:python@
p << sum.p;
q << sum.q;
@@
point("sum", p, q)

@start@
expression x, e1, e2;
constant c;
statement S;
position p;
@@
 for (x = c@p; e1; e2) S

@script:python@
p << start.p;
@@
point("number", p)

@idx@
expression a, i;
position p;
@@
 a[i@p]

@script:python@
p << idx.p;
@@
point("number", p)

@arg@
identifier f;
constant c;
position p;
@@
 f(..., c@p, ...)

@script:python@
p << arg.p;
@@
point("number", p)

// Swapped arguments

@swap@
identifier f;
expression a, b;
position p, q;
@@
 f(..., a@p, b@q, ...)

@script:python@
p << swap.p;
q << swap.q;
@@
point("swap", p, q)

// Wrong error code

@errcode@
identifier e =~ "^E[A-Z0-9]+$";
position p;
@@
 -e@p

@script:python@
p << errcode.p;
@@
point("code", p)

@success@
position p;
@@
 return 0@p;

@script:python@
p << success.p;
@@
point("success", p)

// Dropped references: a getter returns one

@getter@
identifier f =~ "^(vgic_get_irq|vgic_get_vcpu_irq|vgic_add_lpi|vgic_try_get_irq_ref|vgic_get_irq_ref)$";
expression list es;
position p, q;
@@
 f@p(es)@q

@script:python@
p << getter.p;
q << getter.q;
@@
point("getter", p, q)
