/*
 * The protocol of a redemption, model-checked: who may move what, and everything that may come between.
 *
 * Each process is one actor, each option one thing that it may do next; they do so in any order. What the model
 * assumes is in docs/decisions/model.md; two of the assumptions stand in `clock` below.
 */
#include "world.pml"
#include "properties.pml"
#include "ledger.pml"
#include "spend.pml"
#include "facts.pml"

#ifdef ENDS
byte crashes = 1; /* everything ends, if crashes do */
#else
#define ENDS 0
byte crashes;
#endif

/* Two instances are alike: the first idle one takes what comes. */
#define idles(me) (at[me].stage == IDLE && (me == 0 || at[0].stage != IDLE))
inline clear() { r = 0; earlier = 0; sight = 0; new = 0; use = 0; fact = 0; open_question = false }

/* An instance spends, and looks. It may die between any two steps; what the ledger holds stays. */
proctype instance(byte me) {
    byte r, earlier, sight, new, use, fact;
    bool open_question;
end:
    do
    :: d_step { idles(me) && spendable(0) -> begin(me, 0, PROVED) }
    :: d_step { idles(me) && spendable(1) -> begin(me, 1, PROVED) }
    :: d_step { idles(me) && look_is_due(0) -> begin(me, 0, LOOKED) }
    :: d_step { idles(me) && look_is_due(1) -> begin(me, 1, LOOKED) }
    :: d_step {
        at[me].stage == PROVED ->
        r = at[me].req; sight = at[me].seen;
        spend(me, r);
        commit(me); clear()
    }
    :: d_step { at[me].stage == JOURNALED -> r = at[me].req; check_deadline(me, r); clear() }
    :: d_step { at[me].stage == CHECKED -> r = at[me].req; post(me, r); clear() }
    :: d_step {
        at[me].stage == LOOKED ->
        r = at[me].req; sight = at[me].seen;
        looked(me, r);
        idle(me); commit(me); clear()
    }
    :: d_step {
        at[me].stage != IDLE && (!ENDS || crashes > 0) ->
        if :: ENDS -> crashes-- :: else fi;
        idle(me)
    }
    od
}

/* The engine redeems for a call of r. */
inline redeem(c, r, id, use) {
    r = call[c].req;
    use = id;
    left--;
    at_engine = at_engine | use;
    made[r] = made[r] | use;
    if :: !generated[r] -> typed = typed | use :: else fi;
    if :: row[r].time <= WINDOW -> row[r].in_time = row[r].in_time | use :: else fi;
    assert_told(r)
}
inline hang_up(c) {
    if
    :: !call[c].pending && call[c].held == NOTHING ->
        call[c].forgotten = false;
        r = call[c].req; tidy(r); r = 0
    :: else
    fi
}

/* One call: the engine on one side, the instance that waits for the answer on the other. */
proctype line(byte c) {
    byte r, use;
end:
    do
    /* The engine redeems, in time or late; the answer arrives, without an id, unclear, or nobody waits for it. */
    :: atomic {
        call[c].pending && left > 0 ->
        d_step { call[c].pending = false; redeem(c, r, 1 << c, use) };
        if
        :: call[c].held == AWAITED -> call[c].held = YES; call[c].names = use
        :: call[c].held == AWAITED -> call[c].held = YES
        :: call[c].held == AWAITED -> call[c].held = UNCLEAR
        :: call[c].held != AWAITED
        fi;
        d_step { hang_up(c); use = 0; r = 0 }
    }
    /* Something between sends it twice: the first copy redeems, the second one's answer is awaited. */
    :: d_step {
        DOUBLED && !doubled && call[c].pending && left > 0 && row[call[c].req].time <= WINDOW ->
        doubled = true; redeem(c, r, COPY, use); use = 0; r = 0
    }
    /* It does not redeem: it says so, unclearly, or not at all; or it names a redemption that was there before. */
    :: atomic {
        call[c].pending ->
        call[c].pending = false;
        if
        :: call[c].held == AWAITED && left == 0 -> call[c].held = USED_UP
        :: call[c].held == AWAITED && !doubled -> call[c].held = NO
        :: call[c].held == AWAITED -> call[c].held = BUSY
        :: call[c].held == AWAITED -> call[c].held = UNCLEAR
        :: call[c].held == AWAITED && row[call[c].req].before ->
            call[c].held = YES; call[c].names = first(row[call[c].req].before)
        :: call[c].held != AWAITED
        fi;
        d_step { hang_up(c) }
    }
    /* The call's time is over, or the line is: the engine may still commit. */
    :: d_step { call[c].pending && call[c].held == AWAITED -> call[c].held = UNCLEAR }
    /* The instance writes what it holds, however late; or it dies with it. */
    :: d_step {
        call[c].held != NOTHING && call[c].held != AWAITED ->
        r = call[c].req; use = call[c].names;
        write_answer(c, r, use);
        commit(NOBODY); hang_up(c); use = 0; r = 0
    }
    :: d_step { call[c].held != NOTHING -> call[c].held = NOTHING; call[c].names = 0; hang_up(c) }
    od
}

/* A till redeems the same coupon, for the same bill or another. */
inline till_redeems(number) {
    number = number | (AT_TILL << (TILLS - tills));
    at_engine = at_engine | (AT_TILL << (TILLS - tills));
    left--; tills--
}
proctype till() {
    byte tills = TILLS;
    byte another_bill;
end:
    do
    :: d_step { tills > 0 && left > 0 -> till_redeems(typed) }
    :: d_step { tills > 0 && left > 0 -> till_redeems(another_bill); another_bill = 0 }
    od
}

/* People: who asks, who approves, who settles an unknown. None of them is trusted to be right. */
#define names(r, use) (((use) & at_engine & ~row[r].before) && free(r, use, PERSON))
#define may_ask(r) (r == 0 || (!ALONE && state(0) != NEVER))
#define may_name(r) (names(r, 1) || names(r, 2) || names(r, 4) || \
                     names(r, AT_TILL) || names(r, AT_TILL << 1) || names(r, COPY))
#define unnamed(r) (nameless(r) && !row[r].due)
inline name(r) {
    if
    :: names(r, 1) -> use = 1
    :: names(r, 2) -> use = 2
    :: names(r, 4) -> use = 4
    :: names(r, AT_TILL) -> use = AT_TILL
    :: names(r, AT_TILL << 1) -> use = AT_TILL << 1
    :: names(r, COPY) -> use = COPY
    fi
}
inline shown_all(r) { row[r].shown = at_engine; row[r].before = at_engine }

proctype people(byte r) {
    byte use;
end:
    do
    :: atomic {
        if
        /* One request at a time is open for a customer and coupon; the review shows every use. */
        :: state(r) == NEVER && may_ask(r) && !is_open(other(r)) ->
            shown_all(r); move(r, NEVER, NEW, PRESS)
        /* While one is open another is refused at once, and never sent. */
        :: state(r) == NEVER && may_ask(r) && is_open(other(r)) -> move(r, NEVER, REFUSED, PRESS)
        :: state(r) == WAITING && own(r, at_engine) ->
            use = first(own(r, at_engine)); alarm(r); redeemed(r, WAITING, OWN, use)
        :: state(r) == WAITING && !own(r, at_engine) ->
            shown_all(r); row[r].consent = (row[r].consent || bill(r, made[r]));
            move(r, WAITING, APPROVED, DECISION)
        :: state(r) == WAITING -> end_unsent(r); move(r, WAITING, REJECTED, DECISION)
        :: state(r) == WAITING -> end_unsent(r); move(r, WAITING, WITHDRAWN, DECISION)
        :: state(r) == UNKNOWN -> row[r].due = true; move(r, UNKNOWN, NOT_REDEEMED, PERSON)
        :: state(r) == UNKNOWN && may_name(r) -> name(r); redeemed(r, UNKNOWN, PERSON, use)
        /* An answer without an id, which no look has found: a person names it. */
        :: unnamed(r) && may_name(r) -> name(r); take(r, use, PERSON); written(r)
#ifdef PERSON_OVERRIDES
        :: state(r) == REFUSED -> row[r].due = true; move(r, REFUSED, NOT_REDEEMED, PERSON)
#endif
        fi;
        d_step { use = 0; commit(NOBODY) }
    }
    od
}

/* The sweeper: what any instance does to a row that nobody works on. A read that fails writes nothing. */
proctype sweeper(byte r) {
end:
    do
    :: atomic {
        if
        :: state(r) == NEW && ASKS -> move(r, NEW, WAITING, PROOF)
        :: state(r) == NEW -> end_unsent(r); move(r, NEW, EXPIRED, CLOCK)
        :: state(r) == WAITING -> end_unsent(r); move(r, WAITING, EXPIRED, CLOCK)
        :: state(r) == WAITING -> end_unsent(r); move(r, WAITING, REFUSED, PROOF) /* a final no */
        :: state(r) == APPROVED -> end_unsent(r); move(r, APPROVED, EXPIRED, CLOCK)
#ifndef NOBODY_SWEEPS
        :: state(r) == SENDING && row[r].time >= WINDOW -> row[r].due = true; move(r, SENDING, UNKNOWN, CLOCK)
#endif
#ifdef FAILED_READS_COUNT
        :: state(r) == UNKNOWN && row[r].due -> look_at_unknown(r, row[r].time >= AFTER, 0, 0, 0, false)
#endif
        fi;
        d_step { commit(NOBODY) }
    }
    od
}

/*
 * Time passes, whoever waits. Two assumptions stand here:
 * - no process pauses between the deadline check and the POST for longer than the window (`posting`);
 * - a call that the engine has not committed 24 hours later is never committed (`pending`).
 */
#define is_looked_at(r) (state(r) == UNKNOWN || (row[r].due && !is_open(r) && state(r) != NEVER))
#ifdef PAUSES
#define paused(r) false
#else
#define paused(r) posting(r)
#endif
proctype clock(byte r) {
end:
    do
    :: d_step { row[r].time == EARLY && (state(r) == SENDING || is_looked_at(r)) -> row[r].time = WINDOW }
    :: d_step {
        row[r].time == WINDOW && is_looked_at(r) && !paused(r) ->
        row[r].time = AFTER;
        if :: losable == 1 + r -> losable = 0 :: else fi; /* no copy of the ledger is a window behind */
        if :: state(r) == UNKNOWN -> row[r].due = true :: else fi
    }
    :: d_step {
        row[r].time == AFTER && !is_open(r) && row[r].due && !pending(r) && !paused(r) ->
        row[r].time = DAY
    }
    od
}

/* The ledger loses the end of what it acknowledged, once: a promoted copy, or a killed database. */
#if LOST
proctype database(byte r) {
end:
    do
    :: d_step { losable == 1 + r && state(r) != SENDING -> forget(r, SENDING); commit(NOBODY) }
    :: d_step { losable == 1 + r -> forget_sending(r, APPROVED); commit(NOBODY); revive(0, r); revive(1, r) }
    :: d_step { losable == 1 + r -> forget_sending(r, (ASKS -> WAITING : NEW)); commit(NOBODY) }
    od
}
#endif

/* When nothing can happen any more. */
proctype judge() {
end:
    timeout -> d_step { assert_end(0); assert_end(1) }
}

/* Which requests have a generated number: 0 none, 1 the first, 2 the second, 3 both, else any of these. */
#ifndef NUMBERS
#define NUMBERS 4
#endif
init {
    atomic {
        if :: NUMBERS == 1 || NUMBERS >= 3 -> generated[0] = true :: NUMBERS != 1 && NUMBERS != 3 fi;
        if :: NUMBERS == 2 || NUMBERS >= 3 -> generated[1] = true :: NUMBERS != 2 && NUMBERS != 3 fi;
        run instance(0); run instance(1);
        run line(0); run line(1);
#if LOST
        run line(2); run database(0); run database(1);
#endif
        run till(); run people(0); run people(1); run sweeper(0); run sweeper(1); run clock(0); run clock(1);
#ifndef ONLY_CALLS /* with it, what holds at each step, about calls and verdicts */
        run judge()
#endif
    }
}
