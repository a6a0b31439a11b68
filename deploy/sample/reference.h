/* Reference files of the sample: practices, providers, populations, weightings. */
#ifndef PBC_DEPLOY_SAMPLE_REFERENCE_H
#define PBC_DEPLOY_SAMPLE_REFERENCE_H

#include "deploy/sample/manifest.h"
#include "deploy/sample/world.h"

void reference_write(const struct world *world, const char *directory, struct manifest *manifest);

#endif
