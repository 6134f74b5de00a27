import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { nextStep } from './reconcile.ts';

it('one step makes what runs what is wanted, and the next one does nothing', () => {
  const shape = fc.option(
    fc.record({
      generation: fc.integer({ min: 1, max: 3 }),
      labels: fc.constantFrom('{}', '{"a":"b"}'),
    }),
    {
      nil: undefined,
    },
  );
  fc.assert(
    fc.property(shape, shape, (wanted, running) => {
      const step = nextStep(wanted, running);
      const after = step === 'stop' ? undefined : step === 'nothing' ? running : wanted;
      expect(after).toEqual(wanted);
      expect(nextStep(wanted, after)).toBe('nothing');
    }),
  );
});
