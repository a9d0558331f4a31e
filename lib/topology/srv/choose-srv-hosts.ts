/** Chance in [0, 1), as `Runtime.random`. */
type Random = () => number;

/** So many of the hosts, each as likely as any other: as many steps of a Fisher-Yates shuffle as are needed. */
const draw = (hosts: readonly string[], count: number, random: Random): string[] => {
  const pool = [...hosts];
  for (let index = 0; index < count; index++) {
    const other = index + Math.floor(random() * (pool.length - index));
    const chosen = pool[other] as string;
    pool[other] = pool[index] as string;
    pool[index] = chosen;
  }
  return pool.slice(0, count);
};

/**
 * The hosts to know after an SRV answer: those known already stay as far as they are still in it, new ones join; at
 * random up to `maxHosts` where there are more, all of them where `maxHosts` is 0 (polling specification, srvMaxHosts).
 */
export const chooseSrvHosts = (
  known: readonly string[],
  answer: readonly string[],
  maxHosts: number,
  random: Random,
): readonly string[] => {
  if (maxHosts === 0 || maxHosts >= answer.length) return answer;
  const present = new Set(answer);
  const kept = known.filter((host) => present.has(host));
  const old = new Set(kept);
  const fresh = answer.filter((host) => !old.has(host));
  return [...kept, ...draw(fresh, Math.max(0, maxHosts - kept.length), random)];
};
