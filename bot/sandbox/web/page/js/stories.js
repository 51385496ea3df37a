// The first three minutes: the desk's main stories, a step each. People, channels and codes are the sandbox's seed data.

const ASHA = "/coupons 98450 12345";

/**
 * Each step: `title`; `scene`, who one is and why; `button` and what it prepares (`as` a person, `place` a channel,
 * `text` in the message box, `fault` of the redeem call); `then`, what to press and what to look at.
 */
export const STORIES = [
  {
    title: "Look a customer up",
    scene: "You are Vikram, a senior agent. Asha Menon is on the phone.",
    button: "Write the command",
    prepares: { as: "U0SENIOR", text: ASHA },
    then: "Send it. Each row is a coupon: what it is worth, until when, and Redeem where you may.",
  },
  {
    title: "Redeem a small one",
    scene: "The till could not scan Asha's coupon WELCOME250.",
    button: "Write the command",
    prepares: { as: "U0SENIOR", text: `${ASHA} code:WELCOME250` },
    then: "Send it, then Redeem. Type 1,200 as the bill, choose a reason, Review, Redeem now. The outcome has a sentence to read to Asha.",
  },
  {
    title: "Ask for a large one",
    scene: "Nisha, a support agent, may not redeem 5,000 alone.",
    button: "Become Nisha, write the command",
    prepares: { as: "U0AGENT", text: `${ASHA} code:GOLD5000` },
    then: "Send it, then Redeem. Type 8,000 as the bill, choose a reason, Review, Request approval.",
  },
  {
    title: "Approve it",
    scene: "Arjun, a manager, is asked in #coupon-approvals.",
    button: "Become Arjun",
    prepares: { as: "U0MANAGER2", place: "C0APPROVALS" },
    then: "Press Approve on the newest message, read the facts, Approve again. The message then says Redeemed, and so does Nisha's.",
  },
  {
    title: "Lose the answer",
    scene: "The engine redeems, and its answer is lost on the way.",
    button: "Break the line, write the command",
    prepares: { as: "U0SENIOR", text: `${ASHA} code:TONIGHT150`, fault: "dropped-after" },
    then: "Redeem it as before. The desk says Outcome unknown and asks nobody to try again; seconds later the engine's own records settle it.",
  },
  {
    title: "Ask store ops",
    scene: "Nisha cannot answer a question about a coupon.",
    button: "Mend the line, become Nisha",
    prepares: { as: "U0AGENT", text: `${ASHA} code:FESTIVE12`, fault: "none" },
    then: "Send it, then Ask store ops. Type a question and send it.",
  },
  {
    title: "Answer it",
    scene: "Farah of store ops has it in #store-ops.",
    button: "Become Farah",
    prepares: { as: "U0STOREOPS", place: "C0STOREOPS" },
    then: "Press Take it, then Answer. Nisha reads the answer in her messages with Coupon Desk.",
  },
];
