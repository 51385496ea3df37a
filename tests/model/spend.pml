/* Spend, the only place that redeems: prove, journal the intent, check the deadline, POST once. */

#define spendable(r) ((state(r) == NEW && !ASKS) || state(r) == APPROVED)

/* A read of the row and of the engine; whoever writes the row afterwards makes it worthless (`conflict`). */
inline begin(me, r, to) {
    at[me].req = r;
    at[me].stage = to;
    at[me].seen = at_engine;
    at[me].read_at = (to == LOOKED -> row[r].time : EARLY)
}

inline open_call(me, r) {
    at[me].stage = JOURNALED;
    at[me].call = calls;
    call[calls].req = r;
    calls++
}

/* The intent is journaled with its deadline; then the row may not be on every copy of the ledger for a while. */
inline journal(me, r) {
    move(r, APPROVED, SENDING, JOURNAL);
    row[r].before = at[me].seen;
    row[r].time = EARLY;
    if :: LOST && !lost -> losable = 1 + r :: else fi;
    open_call(me, r)
}
/* Another request's own number that it has not claimed. */
#define unclaimed(r, sight) (own(other(r), sight) & ~row[other(r)].claim)
#ifdef BILL_TWICE
#define changed(r, sight) false
#else
#define changed(r, sight) ((sight & ~row[r].shown) || (!ASKS && bill(r, sight)))
#endif
#ifdef OWN_NUMBER_NOT_LOOKED_FOR
#define own_number(r, sight) 0
#else
#define own_number(r, sight) own(r, sight)
#endif

/* Ended without a sending, as far as the ledger knows: its own number is looked for at once. */
#ifdef NO_LOOK_AT_WHAT_WAS_NOT_SENT
#define end_unsent(r) skip
#else
#define end_unsent(r) row[r].due = true; row[r].looks = 0
#endif

/* A row that the ledger has turned back was sent before, whatever the ledger remembers. */
inline own_number_first(r, use) {
    alarm(r);
    if
    :: state(r) == NEW -> redeemed(r, NEW, OWN, use)
    :: state(r) == APPROVED -> redeemed(r, APPROVED, OWN, use)
    fi
}
/* A request that ended without a sending, as far as the ledger knew, or with a no that was an echo. */
inline ended_yet_redeemed(r, use) {
    if
    :: state(r) == EXPIRED -> redeemed(r, EXPIRED, OWN, use)
    :: state(r) == REJECTED -> redeemed(r, REJECTED, OWN, use)
    :: state(r) == WITHDRAWN -> redeemed(r, WITHDRAWN, OWN, use)
    :: state(r) == REFUSED -> redeemed(r, REFUSED, OWN, use)
    :: state(r) == NOT_SENT -> redeemed(r, NOT_SENT, OWN, use)
    fi
}
inline settle_earlier(r, use) {
    alarm(r);
    written(r);
    if
    :: state(r) == NOT_REDEEMED -> redeemed(r, NOT_REDEEMED, OWN, use)
    :: state(r) == UNKNOWN -> redeemed(r, UNKNOWN, OWN, use) /* again: it has lost its claim since the other one began */
    :: state(r) == REDEEMED && row[r].claim == 0 -> take(r, use, OWN); row[r].due = looked_for_doubles
    :: state(r) == REDEEMED && row[r].rank < ANSWER -> take(r, use, OWN); move(r, REDEEMED, REDEEMED, OWN)
    :: state(r) == REDEEMED && row[r].claim && row[r].rank >= ANSWER /* a second one */
    :: else -> ended_yet_redeemed(r, use)
    fi
}
inline facts_changed(r) {
    if
    :: ASKS && state(r) == APPROVED && row[r].rounds < ROUNDS ->
        row[r].rounds++; move(r, APPROVED, WAITING, PROOF)
    :: else ->
        if :: bill(r, at_engine) -> alarm(r) :: else fi; /* it is told with that use shown */
        end_unsent(r);
        if
        :: state(r) == NEW -> move(r, NEW, REFUSED, PROOF)
        :: state(r) == APPROVED -> move(r, APPROVED, REFUSED, PROOF)
        fi
    fi
}

#ifdef OWN_NUMBER_NOT_LOOKED_FOR
#define hidden_own(r) own(r, at_engine)
#else
#define hidden_own(r) 0
#endif
inline unguarded_journal(me, r) {
#ifdef UNGUARDED
    if :: state(r) == SENDING -> open_call(me, r) :: else -> idle(me) fi
#else
    assert(false)
#endif
}

inline spend(me, r) {
    if
    :: own_number(r, sight) -> use = first(own(r, sight)); own_number_first(r, use); idle(me)
    :: else ->
        if
        :: unclaimed(r, sight) ->
            use = first(unclaimed(r, sight)); earlier = other(r);
            settle_earlier(earlier, use); facts_changed(r); idle(me)
        :: else ->
            if
            :: changed(r, sight & ~hidden_own(r)) -> facts_changed(r); idle(me)
            :: else ->
                if
                :: state(r) == NEW -> move(r, NEW, APPROVED, PROOF)
                :: state(r) == APPROVED -> journal(me, r)
                :: else -> unguarded_journal(me, r)
                fi
            fi
        fi
    fi
}
inline check_deadline(me, r) {
    if
#ifndef NO_DEADLINE
    :: row[r].time != EARLY -> call[at[me].call].held = NOT_BEGUN; idle(me)
#endif
    :: else -> at[me].stage = CHECKED
    fi
}
inline post(me, r) {
    assert_post(me, r);
    call[at[me].call].pending = true;
    call[at[me].call].held = AWAITED;
    idle(me)
}

