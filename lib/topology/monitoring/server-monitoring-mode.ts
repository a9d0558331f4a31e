import type { ClientOptions } from '../../options/client-options.js';
import { isFaas, type Environment } from '../../options/faas.js';

/**
 * Whether servers may tell by themselves how they are. A platform that freezes processes between function calls would
 * find its streams dead each time (server monitoring specification, "serverMonitoringMode").
 */
export const mayStream = (mode: ClientOptions['serverMonitoringMode'], environment: Environment): boolean =>
  mode === 'stream' || (mode === 'auto' && !isFaas(environment));
