import { join } from 'node:path';
import { describe } from '@jest/globals';
import { selectionCases } from './selection-cases.js';
import { hasSpecData, specDataDirectory } from './spec-data.js';

(hasSpecData() ? describe : describe.skip)('max staleness, official files', () => {
  selectionCases(join(specDataDirectory(), 'max-staleness/tests'));
});
