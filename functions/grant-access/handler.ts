import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { workspaceShape } from '../shared/shapes';
import { step } from '../shared/step';
import { readConfig } from './config';
import { grantAccess } from './grant-access';

const Input = z.object({ workspace: workspaceShape, verifyOnly: z.boolean() });

export const handler = step('GrantAccess', Input, (input) => {
  const { wanted } = readConfig(process.env);
  return grantAccess(
    { workspaceId: input.workspace.id, verifyOnly: input.verifyOnly },
    { amg: connectAmg(), clock: systemClock, wanted },
  );
});
