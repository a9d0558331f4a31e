/** `npm run requirements`: writes docs/requirements.md from the titles of the specs. */
import { writeRequirements } from './requirements.js';

writeRequirements();
