// Moments in the browser's own zone, in the words Slack has for them.

const DAY = 86_400_000;
const write = (options) => new Intl.DateTimeFormat("en-GB", options);
const WORDS = { "-1": "yesterday", 0: "today", 1: "tomorrow" };

const FORMS = {
  date_num: write({ year: "numeric", month: "2-digit", day: "2-digit" }),
  date: write({ year: "numeric", month: "long", day: "numeric" }),
  date_short: write({ year: "numeric", month: "short", day: "numeric" }),
  date_long: write({ weekday: "long", year: "numeric", month: "long", day: "numeric" }),
  time: write({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  time_secs: write({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
};

export const clock = (seconds) => FORMS.time.format(seconds * 1000);
export const clockWithSeconds = (seconds) => FORMS.time_secs.format(seconds * 1000);
export const dayAndTime = (seconds) => `${FORMS.date_short.format(seconds * 1000)}, ${clock(seconds)}`;

/** `{date_short_pretty} at {time}` and the like; null for a token that is not known. `now` decides what today is. */
export function inWords(seconds, format, now) {
  const moment = new Date(seconds * 1000);
  if (Number.isNaN(moment.getTime())) return null;
  let known = true;
  const words = format.replace(/\{(\w+)\}/g, (_, token) => {
    const found = tokenInWords(token, moment, now);
    known &&= found !== null;
    return found;
  });
  return known ? words : null;
}

function tokenInWords(token, moment, now) {
  if (token === "ago") return ago(moment, now);
  const plain = token.replace(/_pretty$/, "");
  if (!(plain in FORMS)) return null;
  const near = token === plain ? undefined : WORDS[days(moment) - days(new Date(now))];
  return near ?? FORMS[plain].format(moment);
}

/** Days since the beginning of time, by the calendar on the wall. */
function days(moment) {
  return Math.floor((moment.getTime() - moment.getTimezoneOffset() * 60_000) / DAY);
}

function ago(moment, now) {
  const minutes = Math.round((now - moment.getTime()) / 60_000);
  const words = new Intl.RelativeTimeFormat("en");
  if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
  if (Math.abs(minutes) < 1440) return words.format(-Math.round(minutes / 60), "hour");
  return words.format(-Math.round(minutes / 1440), "day");
}
