export { startDeployment, type Deployment } from './testing/deployment.js';
export type {
  AuthOptions,
  DeploymentAddress,
  DeploymentOptions,
  DeploymentTls,
  MemberOptions,
} from './testing/deployment-options.js';
export type {
  DeploymentControl,
  MemberChange,
  RolledBackWrite,
  StepDownControl,
} from './testing/deployment-control.js';
export type { LinkFaults } from './testing/net/relay.js';
export type { ProxyFaults } from './testing/net/fault-proxy.js';
export { spawnDeployment, type SpawnedDeployment, type SpawnOptions } from './testing/spawn-deployment.js';
