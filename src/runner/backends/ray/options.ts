import type { RuntimeEnv } from '../../../schemas/engine/rayRuntimeEnv.ts';
import type { RayAddress } from './http.ts';

/** How runs are given to Ray. */
export type RayOptions = RayAddress & {
  /** What Ray prepares for every run. */
  runtimeEnv: RuntimeEnv;
  /** Whether a run asks Ray for as many GPUs as its job says; false: for none. */
  asksGpus: boolean;
  /** CPUs that every run asks for. With none, and no GPU, Ray starts it on its head. */
  cpus: number;
  /** Names of the cluster's own resources that a job may ask for; one that ends in `*` stands for all that begin so. */
  allowedResources: readonly string[];
  /** Whether the nodes see evald's folders, at the same paths. */
  sharesFolder: boolean;
  /** Seconds between asking a run to end and killing it. */
  grace: number;
  /** evald's own folder of outputs: when it is not shared, no run can write there. */
  ownOutputs: string;
};
