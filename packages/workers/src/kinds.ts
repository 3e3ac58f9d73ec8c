import type { JobKind } from "@gmem/jobs";
import { bankJob, exportJob, featuresJob, latentsJob, samplesJob } from "@gmem/runs/jobs";
import { studyJob } from "@gmem/studies";

/** What workers can compute, by name. */
export const kinds: Readonly<Record<string, Pick<JobKind<never>, "open">>> = {
  [latentsJob.name]: latentsJob,
  [bankJob.name]: bankJob,
  [samplesJob.name]: samplesJob,
  [featuresJob.name]: featuresJob,
  [exportJob.name]: exportJob,
  [studyJob.name]: studyJob,
};
