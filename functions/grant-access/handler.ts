import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { workspaceShape } from '../shared/shapes';
import { readConfig } from './config';
import { grantAccess } from './grant-access';

const Input = z.object({ workspace: workspaceShape, verifyOnly: z.boolean() });

export const handler = middy((event: unknown) => {
  const input = parseInput('GrantAccess', Input, event);
  const { wanted } = readConfig(process.env);
  return grantAccess(
    { workspaceId: input.workspace.id, verifyOnly: input.verifyOnly },
    { amg: connectAmg(), clock: systemClock, wanted },
  );
}).use(errorLogger({ logger: logFailure }));
