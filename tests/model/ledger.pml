/* What the ledger does: guarded writes, claims, and the end of a transaction. */

#define idle(i) at[i].stage = IDLE; at[i].req = 0; at[i].seen = 0; at[i].call = 0; at[i].read_at = EARLY

/* Every move of a row, by name: transitions.json is held against these lines. */
inline move(r, from, to, fact) {
    assert(state(r) == from && fact >= row[r].rank); /* a fact of lower rank changes no verdict (promise 2) */
    state(r) = to;
    row[r].rank = (fact == CLAIM -> 0 : fact);
    touched = touched | (1 << (r))
}
#define written(r) touched = touched | (1 << (r))

#define lose_claim(r) row[r].claim = 0; row[r].kind = 0
#define looked_at_anew(r) row[r].time = WINDOW; row[r].looks = 0; row[r].due = true

/* The redemption `use` belongs to r from now on; who held it by a weaker kind loses it, and hears of it. */
inline take(r, use, fact) {
    if
#ifndef NO_CLAIM
    :: use && (row[other(r)].claim & use) ->
        assert(row[other(r)].kind < ANSWER); /* what an answer named, or the own number, is nobody else's */
        lose_claim(other(r));
        alarm(other(r));
        written(other(r));
        if
        :: state(other(r)) == REDEEMED && row[other(r)].rank < ANSWER ->
            move(other(r), REDEEMED, UNKNOWN, CLAIM);
            looked_at_anew(other(r))
        :: else /* its answer said redeemed: that stays, without an id */
        fi
#endif
    :: else
    fi;
    row[r].claim = use;
    row[r].kind = (use == 0 -> 0 : (fact > ANSWER -> ANSWER : fact))
}

#ifdef WEAKER_TAKES_OVER
#define free(r, use, fact) true
#else
#define free(r, use, fact) (!(row[other(r)].claim & (use)) || row[other(r)].kind < fact)
#endif

#ifdef NO_DAY_LOOK
#define looked_a_day_later false
#else
#define looked_a_day_later true
#endif
/* A coupon with a single use cannot be redeemed twice. */
#ifdef NO_LOOK_FOR_DOUBLES
#define looked_for_doubles false
#else
#define looked_for_doubles (looked_a_day_later && LEFT > 1)
#endif

inline redeemed(r, from, fact, use) {
    take(r, use, fact);
    row[r].due = (use == 0 || looked_for_doubles); /* an answer without an id: it is looked for */
    move(r, from, REDEEMED, fact)
}

/* Version conflict: whoever has read the row before this write can do nothing with what was read. */
#define outrun(i, r, me) (i != me && at[i].req == r && (at[i].stage == PROVED || at[i].stage == LOOKED))
#ifdef UNGUARDED
#define conflict(i) if :: at[i].stage == LOOKED -> idle(i) :: else fi
#else
#define conflict(i) if :: losable == 1 + at[i].req && at[i].stage == PROVED -> at[i].stage = OUTRUN :: else -> idle(i) fi
#endif

/*
 * Only for the size of the model: what no later step can tell apart is made the same. A row that was sent is past
 * its send_by, unless an instance is still about to check it; a row at rest has forgotten how it came there.
 */
#define checking(r)  ((at[0].stage == JOURNALED && at[0].req == r) || (at[1].stage == JOURNALED && at[1].req == r))
#define calling(c, r) (call[c].req == r && (call[c].pending || call[c].held != NOTHING))
#define at_rest(r)   (!is_open(r) && !row[r].due && !checking(r) && !posting(r) && \
                      !calling(0, r) && !calling(1, r) && !calling(LAST, r) && losable != 1 + r)
inline tidy(r) {
    if
    :: at_rest(r) ->
        row[r].looks = 0; row[r].rounds = 0; row[r].found = false; row[r].shown = 0; row[r].posts = 0; row[r].time = AFTER;
        if
        :: state(r) == REDEEMED && row[r].rank < ANSWER /* it may lose its claim, and be unknown again */
        :: state(r) == REDEEMED && row[r].claim == 0    /* a person may name it */
        :: else -> row[r].before = 0; row[r].in_time = 0
        fi;
        if
        :: row[r].rank >= ANSWER -> assert_said(r); row[r].said = NOTHING; row[r].named = 0
        :: else
        fi
    :: else ->
        if
        :: row[r].time == EARLY && row[r].posts && state(r) != SENDING && state(r) != APPROVED && !checking(r) ->
            row[r].time = WINDOW
        :: else
        fi
    fi
}
inline wrote(r, me) {
    if :: outrun(0, r, me) -> conflict(0) :: else fi;
    if :: outrun(1, r, me) -> conflict(1) :: else fi;
    if :: losable == 1 + other(r) -> losable = 0 :: else fi; /* a later write is on every copy: so is what was before */
    tidy(r);
    assert_told(r)
}
inline commit(me) {
    if :: touched & 1 -> wrote(0, me) :: else fi;
    if :: touched & 2 -> wrote(1, me) :: else fi;
    touched = 0
}
#define NOBODY INSTANCES

/* The loss of acknowledged moves: the row stands in an earlier state, its claim is gone, calls go on. */
inline forget(r, to) {
    losable = 0; lost = true;
    state(r) = to;
    row[r].rank = 0;
    row[r].claim = 0;
    row[r].kind = 0;
    row[r].looks = 0;
    row[r].found = false;
    row[r].due = false;
    row[r].said = NOTHING;
    row[r].named = 0;
    written(r)
}
inline forget_sending(r, to) {
    forget(r, to);
    row[r].before = row[r].shown;
    row[r].time = EARLY;
    if :: calls > 0 && call[0].req == r -> call[0].forgotten = true :: else fi;
    if :: calls > 1 && call[1].req == r -> call[1].forgotten = true :: else fi;
    if :: calls > 2 && call[LAST].req == r -> call[LAST].forgotten = true :: else fi
}
/* A proof that was overtaken by the sending is as good as before: its version is the row's again. */
#define revive(i, r) if :: at[i].stage == OUTRUN && at[i].req == r -> at[i].stage = PROVED :: else fi
