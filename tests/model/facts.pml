/* What a fact makes of a request in any state: answers, looks, persons. */

/* ---- answers: clear ones are applied to whatever the row has become (held until the ledger has them) ---- */

/* An answer finds a row that was never sent, as far as the ledger knows: it has lost something. */
inline contradicted(r) {
    if :: unsent(r) -> row[r].due = true :: else fi
}

inline answered_yes(r, use) {
    if
    :: state(r) == SENDING -> redeemed(r, SENDING, ANSWER, use)
#ifndef LATE_ANSWER_IGNORED
    :: state(r) == UNKNOWN -> redeemed(r, UNKNOWN, ANSWER, use)
    :: state(r) == NOT_REDEEMED -> alarm(r); redeemed(r, NOT_REDEEMED, ANSWER, use)
    :: state(r) == REDEEMED && (use == 0 || row[r].claim == use) ->
        if :: row[r].rank < ANSWER -> move(r, REDEEMED, REDEEMED, ANSWER) :: else fi;
        if :: use -> row[r].kind = ANSWER :: else fi
    :: state(r) == REDEEMED && use && row[r].claim == 0 ->
        take(r, use, ANSWER); row[r].due = looked_for_doubles; written(r)
    :: state(r) == REDEEMED && use && row[r].claim && row[r].claim != use ->
        alarm(r); /* two redemptions, or a weaker fact named the wrong one */
        if
        :: row[r].rank < ANSWER -> take(r, use, ANSWER); move(r, REDEEMED, REDEEMED, ANSWER)
        :: row[r].rank >= ANSWER && row[r].kind < ANSWER -> take(r, use, ANSWER); written(r)
        :: else
        fi
#endif
    :: else -> contradicted(r)
    fi
}

inline say_no(r, from, to, echo) {
    if :: row[r].found -> alarm(r) :: else fi; /* a look has found what contradicts it */
    row[r].due = looked_a_day_later || echo;
    row[r].looks = !echo; /* it may be the echo of our own call: looked at once more after the window */
    row[r].claim = 0;
    row[r].kind = 0;
    move(r, from, to, ANSWER)
}
inline refused(r, echo) {
    if
    :: state(r) == SENDING -> say_no(r, SENDING, REFUSED, echo)
#ifndef LATE_ANSWER_IGNORED
    :: state(r) == UNKNOWN -> say_no(r, UNKNOWN, REFUSED, echo)
    :: state(r) == NOT_REDEEMED -> say_no(r, NOT_REDEEMED, REFUSED, echo)
    :: state(r) == REDEEMED && row[r].rank < ANSWER -> alarm(r); say_no(r, REDEEMED, REFUSED, echo)
#endif
    :: state(r) == REDEEMED && row[r].rank >= ANSWER -> alarm(r)
    :: else -> contradicted(r)
    fi
}
inline not_sent(r, echo) {
    if
    :: state(r) == SENDING -> say_no(r, SENDING, NOT_SENT, echo)
#ifndef LATE_ANSWER_IGNORED
    :: state(r) == UNKNOWN -> say_no(r, UNKNOWN, NOT_SENT, echo)
    :: state(r) == REDEEMED && row[r].rank < ANSWER -> /* nothing was sent, yet something was found: for a person */
        alarm(r); lose_claim(r); move(r, REDEEMED, UNKNOWN, ANSWER); row[r].rank = 0; looked_at_anew(r)
    :: state(r) == REDEEMED && row[r].rank >= ANSWER -> alarm(r)
#endif
    :: else -> contradicted(r)
    fi
}

inline said_no(r) {
    if :: row[r].said == NOTHING -> row[r].said = NO :: else fi
}
#ifdef STALE_ID_BELIEVED
#define known(r, use) false
#else
#define known(r, use) ((use) & row[r].before)
#endif

#ifdef NO_LOOK_AFTER_A_NO
#define looked_again false
#else
#define looked_again true
#endif

inline write_answer(c, r, id) {
    if :: call[c].forgotten -> alarm(r) :: else fi; /* its journal entry is gone: the ledger has lost something */
    if
#ifdef RETRY
    :: call[c].held == UNCLEAR -> row[r].posts++; assert(row[r].posts <= 1 + LOST)
#endif
    :: call[c].held == UNCLEAR || (call[c].held == YES && known(r, id)) ->
        if :: state(r) == SENDING -> row[r].due = true; move(r, SENDING, UNKNOWN, DOUBT) :: else fi
    :: call[c].held == YES && !known(r, id) && !free(r, id, ANSWER) ->
        alarm(r); /* another answer has claimed it */
        if :: state(r) == SENDING -> row[r].due = true; move(r, SENDING, UNKNOWN, DOUBT) :: else fi
    :: call[c].held == YES && !known(r, id) && free(r, id, ANSWER) ->
        row[r].said = YES; row[r].named = id; answered_yes(r, id)
    :: call[c].held == NO -> said_no(r); refused(r, false)
    :: call[c].held == USED_UP -> said_no(r); refused(r, looked_again)
    :: call[c].held == BUSY -> said_no(r); not_sent(r, looked_again)
    :: call[c].held == NOT_BEGUN -> said_no(r); not_sent(r, false)
    fi;
    call[c].held = NOTHING; call[c].names = 0
}

/* ---- looks: what was read, weighed, and written if the row is as it was read ---- */

/* Another request for the same bill that may have made what is found. */
#define rival(r) (!generated[other(r)] && \
                  (is_open(other(r)) || (state(other(r)) == REDEEMED && row[other(r)].claim == 0)))

/*
 * What another request has beyond doubt: by an answer or its own number, or on evidence where the use has its number
 * and not ours. What it has on no more than evidence or a person's word may be ours as well: it proves nothing.
 */
#ifdef NO_CLAIM
#define others_claim(r) 0
#else
#define others_claim(r) row[other(r)].claim
#endif
#ifdef EVIDENCE_LEAVES_NO_DOUBT
#define leaves_no_doubt(r) (row[other(r)].kind >= EVIDENCE)
#else
#define leaves_no_doubt(r) (row[other(r)].kind >= ANSWER || (row[other(r)].kind == EVIDENCE && generated[r]))
#endif
#define anothers(r) (leaves_no_doubt(r) -> others_claim(r) : 0)
#define doubtful(r) (others_claim(r) & ~anothers(r))

/* What has ended is looked at once early (`looks`), where there is a reason, and everything a day later. */
#define look_is_due(r) (row[r].due && ( \
    state(r) == UNKNOWN || nameless(r) || \
    (!is_open(r) && row[r].time == DAY) || \
    (answered_no(r) && !row[r].looks && row[r].time >= AFTER) || \
    (unsent(r) && !row[r].looks)))

/* `fact` OWN or EVIDENCE with `use`; else 0, and `open_question` if a person must judge what is new. */
inline weigh(r, sight, new, use, fact, open_question) {
    new = sight & ~row[r].before & ~anothers(r);
    use = 0; fact = 0; open_question = false;
    if
    :: own(r, sight) ->
        use = first(own(r, sight)); fact = OWN;
#ifndef DOUBLE_IS_SILENT
        if :: several(own(r, sight)) -> alarm(r) :: else fi
#endif
    :: else ->
#ifndef DOUBLE_IS_SILENT
        if :: several(bill(r, new)) -> alarm(r) :: else fi;
#endif
        if
#ifdef ANY_USE_IS_OURS
        :: new && !several(new) -> use = new; fact = EVIDENCE
#else
        :: bill(r, new) && !several(new) && !rival(r) && !(new & doubtful(r)) -> use = new; fact = EVIDENCE
#endif
        :: else -> open_question = (!generated[r] && new)
        fi
    fi
}

#ifdef LOOKED_AT_FOREVER
#define looked_at_forever true
#else
#define looked_at_forever false
#endif

inline look_at_unknown(r, ended, new, use, fact, open_question) {
    if
    :: fact == OWN -> redeemed(r, UNKNOWN, OWN, use)
    :: fact == EVIDENCE -> redeemed(r, UNKNOWN, EVIDENCE, use)
    :: fact == 0 && open_question -> /* again when the window ends; then only a person can tell */
        row[r].due = looked_at_forever; row[r].found = (row[r].found || bill(r, new)); written(r)
    :: fact == 0 && !open_question ->
        row[r].looks = (row[r].looks < LOOKS -> row[r].looks + 1 : LOOKS);
        if
#ifdef HASTY
        :: row[r].looks == LOOKS ->
#else
        :: ended && row[r].looks == LOOKS ->
#endif
            row[r].due = looked_a_day_later; move(r, UNKNOWN, NOT_REDEEMED, ABSENCE)
        :: else -> row[r].due = (ended || row[r].looks < LOOKS - 1); written(r)
        fi
    fi
}

inline look_a_day_later(r, use, fact, open_question) {
    row[r].due = false;
    if
    :: fact == OWN -> alarm(r); redeemed(r, NOT_REDEEMED, OWN, use)
    :: fact == EVIDENCE -> alarm(r); redeemed(r, NOT_REDEEMED, EVIDENCE, use)
    :: else ->
#ifndef DAY_LOOK_IS_SILENT
        if :: open_question -> alarm(r) :: else fi;
#endif
        written(r)
    fi
}

/* Redeemed, as the answer said, but without an id: it is found and claimed, or a person has to name it. */
inline look_for_id(r, use, fact) {
    if
    :: fact && free(r, use, fact) -> take(r, use, fact); row[r].due = looked_for_doubles
    :: else -> alarm(r); row[r].due = false
    fi;
    written(r)
}

/* A day later: `weigh` has raised the alarm where there is a second use. */
inline look_for_doubles(r, use, fact) {
    row[r].due = false;
#ifndef DOUBLE_IS_SILENT
    if :: fact == OWN && use != row[r].claim -> alarm(r) :: else fi;
#endif
    written(r)
}

/* Ended with a no, or without a sending: its own number is looked for. */
inline look_for_own_number(r, last, new, use, fact) {
    row[r].due = (looked_a_day_later && !last);
    row[r].looks = 1;
    if
    :: fact == OWN -> alarm(r); ended_yet_redeemed(r, use)
    :: else ->
        /* A typed number proves nothing, but a new use with it contradicts what was said. */
        if :: bill(r, new) -> alarm(r); row[r].due = false :: else fi;
        written(r)
    fi
}

inline looked(me, r) {
    sight = at[me].seen;
    weigh(r, sight, new, use, fact, open_question);
    if
    :: fact && !free(r, use, fact) -> /* at equal rank the first keeps it */
        alarm(r); row[r].due = false; written(r)
    :: else ->
        if
        :: state(r) == UNKNOWN -> look_at_unknown(r, (at[me].read_at >= AFTER), new, use, fact, open_question)
        :: state(r) == NOT_REDEEMED -> look_a_day_later(r, use, fact, open_question)
        :: nameless(r) -> look_for_id(r, use, fact)
        :: state(r) == REDEEMED && row[r].claim -> look_for_doubles(r, use, fact)
        :: else -> look_for_own_number(r, (at[me].read_at == DAY), new, use, fact)
        fi
    fi
}
