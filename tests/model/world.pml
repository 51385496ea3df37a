/*
 * What there is: two requests for one coupon of one customer, the engine's records of it, the calls under way.
 *
 * A set of redemptions at the engine is a mask, one bit for each. Fields marked "proof only" are read by
 * properties.pml and by nothing else: no move depends on them.
 */

/* Bounds; a run may set others. */
#ifndef LEFT
#define LEFT 2    /* uses that the coupon has left */
#endif
#ifndef TILLS
#define TILLS 1   /* redemptions that a till makes in between */
#endif
#ifndef ASKS
#define ASKS 0    /* 1: both requests need an approver */
#endif
#ifndef LOOKS
#define LOOKS 2   /* successful reads before absence counts; the desk wants 3 */
#endif
#ifndef LOST
#define LOST 0    /* 1: the ledger may forget once what it acknowledged */
#endif
#ifndef ALONE
#define ALONE 0   /* 1: the second request is never made */
#endif
#ifndef DOUBLED
#define DOUBLED 0 /* 1: something on the line may send one call twice */
#endif
#define ROUNDS 1  /* times that a request is asked again */

#define REQUESTS 2
#define INSTANCES 2
#if LOST
#define CALLS 3
#define LAST 2    /* the last call's place */
#else
#define CALLS 2
#define LAST 1
#endif

/* What the instance that sent a call holds of it. */
mtype:held = { NOTHING, AWAITED, YES, NO, USED_UP, BUSY, NOT_BEGUN, UNCLEAR };
mtype:state = {
    NEVER, NEW, WAITING, APPROVED, SENDING, REDEEMED, REFUSED, NOT_SENT, UNKNOWN, NOT_REDEEMED,
    REJECTED, WITHDRAWN, EXPIRED
};

/* Facts in the order of their rank; the last ones settle nothing, or only by way of another request. */
#define ABSENCE  1
#define PERSON   2
#define EVIDENCE 3
#define ANSWER   4
#define OWN      5  /* a use with the number generated for this request */
#define CLAIM    6  /* a stronger claim took the redemption away */
#define PRESS    0
#define PROOF    0
#define DECISION 0
#define CLOCK    0
#define JOURNAL  0
#define DOUBT    0

/* Where a request's time stands: only the order of these is modelled, not how long they last. */
#define EARLY  0  /* before send_by */
#define WINDOW 1  /* past send_by, before the end of the window */
#define AFTER  2  /* past the window */
#define DAY    3  /* 24 hours later; the engine has committed by now or never will */

typedef Row {
    mtype:state state = NEVER;
    byte rank;     /* of the fact that the state rests on */
    byte claim;    /* the redemption it claims, none: 0 */
    byte kind;     /* of the claim: PERSON, EVIDENCE, ANSWER (or the generated number) */
    byte shown;    /* uses that were shown at the review, or to the approver */
    byte before;   /* uses remembered before the call */
    byte looks;    /* successful reads without a trace */
    bool found;    /* a look found a new use for this bill, and could not decide */
    byte rounds;
    byte time = EARLY;
    bool due;      /* a look is due, when its time has come */
    bool alarm;    /* an alarm was raised, or the person was shown the use that contradicts */
    byte posts;    /* proof only: redeem calls begun */
    bool consent;  /* proof only: an approver approved with this bill's use on the screen */
    mtype:held said; /* proof only: the clear answer that reached the ledger */
    byte named;    /* proof only: the redemption it named */
    byte in_time;  /* proof only: redemptions that the engine made inside the window */
};
Row row[REQUESTS];
bool generated[REQUESTS]; /* its bill number was generated; else both are typed and the same */

/* The engine's records; the order in which redemptions are made tells nothing. */
#define AT_TILL 8 /* the first redemption by a till; call c makes 1 << c */
#define COPY 32   /* the one made by a call that was sent twice */
byte left = LEFT;
byte at_engine;
byte typed;          /* of these, with the bill number that people typed, at our place or at none named */
byte made[REQUESTS]; /* of these, made by a call of this request: with its generated number, or typed */

/* Calls: what is under way to the engine, and what comes back to whoever sent it. */
typedef Call {
    byte req;
    bool pending;    /* the engine may still redeem */
    mtype:held held = NOTHING; /* by the instance that sent it */
    byte names;      /* the redemption that a YES names; 0: it left the id out */
    bool forgotten;  /* the ledger has lost its sending: the sender sees that on writing */
};
Call call[CALLS];
byte calls;
bool doubled;

/* What each instance works on. */
mtype:stage = { IDLE, PROVED, OUTRUN, JOURNALED, CHECKED, LOOKED };
typedef Instance {
    mtype:stage stage = IDLE;
    byte req;       /* the request */
    byte seen;     /* what the engine showed */
    byte call;
    byte read_at;  /* where the request's time stood when the read of a look began */
};
Instance at[INSTANCES];

byte touched; /* rows written in this step */
bool lost; /* it has forgotten once */
byte losable; /* 1 + the request whose last moves are not on every copy of the ledger yet; none: 0 */

#define other(r)    (1 - (r))
#define state(r)    row[r].state
#define alarm(r)    row[r].alarm = true
#define is_open(r)  (state(r) == NEW || state(r) == WAITING || state(r) == APPROVED || \
                     state(r) == SENDING || state(r) == UNKNOWN)
#define unsent(r)   (state(r) == EXPIRED || state(r) == REJECTED || state(r) == WITHDRAWN || \
                     (state(r) == REFUSED && row[r].rank == PROOF))
#define answered_no(r) ((state(r) == REFUSED || state(r) == NOT_SENT) && row[r].rank == ANSWER)
#define nameless(r)   (state(r) == REDEEMED && row[r].claim == 0)
#define own(r, seen)  (generated[r] -> ((seen) & made[r]) : 0)
#define bill(r, seen) (generated[r] -> 0 : ((seen) & typed))
#define first(m)      ((m) & -(m))
#define several(m)    ((m) & ((m) - 1))
#define posting(r)    ((at[0].stage == CHECKED && at[0].req == r) || (at[1].stage == CHECKED && at[1].req == r))
#define pending(r)    ((call[0].pending && call[0].req == r) || (call[1].pending && call[1].req == r) || \
                       (call[LAST].pending && call[LAST].req == r))
