// Days as the person at this browser counts them; the server has another time zone.

/** The moment a day begins here, `days` later: `2026-03-01` in Chicago is `2026-03-01T06:00:00.000Z`. Null for no such day. */
export function startOfDay(day: string, days = 0): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) {
    return null;
  }

  const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const start = new Date(year, month - 1, date + days);
  const asked = new Date(Date.UTC(year, month - 1, date));
  return asked.getUTCMonth() === month - 1 && asked.getUTCDate() === date && year > 0 ? start.toISOString() : null;
}

/** The first and the last day, as the first moment and the moment after the last. */
export const dayBounds = (from: string | null, until: string | null): { from: string | null; until: string | null } =>
  ({ from: from ? startOfDay(from) : null, until: until ? startOfDay(until, 1) : null });
