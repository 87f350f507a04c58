import * as z from 'zod';
import { connectFunctionNetworks } from '../adapters/function-networks';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { detachTester } from './detach-tester';

const Input = z.object({});

export const handler = step('DetachTester', Input, (input) =>
  detachTester(input, {
    networks: connectFunctionNetworks(),
    tester: readConfig(process.env).TESTER_FUNCTION,
    clock: systemClock,
  }),
);
