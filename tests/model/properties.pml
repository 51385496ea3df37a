/* What must hold: at each POST, at each verdict, and when nothing can happen any more. */

/* Promises 1 and 11. The proof is what the engine showed when the spend read it. */
inline assert_post(me, r) {
    row[r].posts++;
    assert(row[r].posts <= 1 + LOST);
    assert((at[me].seen & made[r] & ~(ASKS -> row[r].shown : 0)) == 0);
    assert((bill(r, at[me].seen) & ~(ASKS -> row[r].shown : 0)) == 0)
}

#ifdef STRICT
#define alarmed(r) false
#else
#define alarmed(r) row[r].alarm
#endif

/* No false *redeemed*; no redemption claimed twice; absence is not said while the engine may still commit in time. */
inline assert_told(r) {
    assert(!(row[0].claim & row[1].claim));
    assert(!(state(r) == REDEEMED && row[r].rank >= ANSWER) || made[r]);
    assert(!(state(r) == REDEEMED && row[r].rank >= ANSWER && row[r].kind >= ANSWER) || (row[r].claim & made[r]));
    assert(!(state(r) == REDEEMED && row[r].rank == EVIDENCE) || (row[r].claim & typed & ~row[r].before));
    assert(!(state(r) == NOT_REDEEMED && row[r].rank == ABSENCE) || !row[r].in_time || alarmed(r) || row[r].consent)
}

/* A clear answer is not thrown away. */
inline assert_said(r) {
#ifndef ONLY_CALLS
    assert(row[r].said != YES || row[r].alarm ||
           (state(r) == REDEEMED && (row[r].named == 0 || row[r].claim == row[r].named)));
    assert(row[r].said != NO || row[r].alarm || state(r) != REDEEMED || row[r].rank >= ANSWER)
#else
    skip
#endif
}

inline assert_end(r) {
    /* Everything ends. */
    assert(!is_open(r) && !row[r].due);
    /* No false *not redeemed* that no alarm follows; or an approver was shown that use. */
    assert(!made[r] || state(r) == REDEEMED || row[r].alarm || row[r].consent);
    /* No second redemption without an alarm, or an approver who was shown the first. */
    assert(!several(made[r]) || row[r].alarm || row[r].consent);
    assert_said(r)
}
