export { startDeployment, type Deployment } from './testing/deployment.js';
export type {
  AuthOptions,
  DeploymentAddress,
  DeploymentOptions,
  DeploymentTls,
  MemberOptions,
} from './testing/deployment-options.js';
export { spawnDeployment, type SpawnedDeployment, type SpawnOptions } from './testing/spawn-deployment.js';
