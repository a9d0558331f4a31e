import fc from 'fast-check';

/**
 * Property tests draw the same examples on every run, so that a run says something about the change under test alone.
 * `PROPERTY_SEED=random` looks for new examples; a number replays the seed of a report.
 */
const { PROPERTY_SEED = '20' } = process.env;
if (PROPERTY_SEED !== 'random') fc.configureGlobal({ seed: Number(PROPERTY_SEED) });

export { fc };
