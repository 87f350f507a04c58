import * as z from 'zod';
import { list } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ RULES: list, ALARMS: list });

export const readConfig = (environment: NodeJS.ProcessEnv) => readEnvironment(shape, environment);
