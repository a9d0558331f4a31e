import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DATA =
  process.env['BENCH_DATA_DIR'] ?? fileURLToPath(new URL('../../shared/benchmark-data', import.meta.url));

/** A document of the same shape and size, where the data of the driver benchmark is absent. */
const generated = (): string =>
  JSON.stringify({
    text: '@someone you are not getting one.....',
    in_reply_to_status_id: 22773233453,
    retweet_count: null,
    created_at: 'Thu Sep 02 19:38:18 +0000 2010',
    source: 'web',
    truncated: false,
    entities: {
      user_mentions: [{ indices: [0, 9], screen_name: 'someone', name: 'Some One', id: 41832464 }],
      urls: [],
      hashtags: [],
    },
    user: Object.fromEntries(
      Array.from({ length: 36 }, (_, index) => [
        `profile_field_${String(index)}`,
        index % 3 === 0 ? index : `value ${String(index)}`,
      ]),
    ),
    id: 22819396900,
  });

/** The tweet of the driver benchmark as JSON text. */
export const tweetJson = (): string => {
  const archive = `${DATA}/single_and_multi_document.tgz`;
  if (!existsSync(archive)) return generated();
  return execFileSync('tar', ['xzOf', archive, 'single_and_multi_document/tweet.json'], { encoding: 'utf8' });
};

export const tweetDocument = (): Record<string, unknown> =>
  JSON.parse(tweetJson()) as Record<string, unknown>;
