import { defineKind } from '../../kind.ts';
import { emergencyStopSpec } from './spec.ts';
import { emergencyStopStatus } from './status.ts';

export const emergencyStop = defineKind({
  kind: 'EmergencyStop',
  plural: 'emergencystops',
  shortName: 'estop',
  scope: 'Cluster',
  description: 'While it exists, no database that it covers is touched.',
  spec: emergencyStopSpec,
  status: emergencyStopStatus,
  columns: [
    { name: 'Acknowledged', type: 'string', jsonPath: '.status.acknowledged' },
    { name: 'In Flight', type: 'integer', jsonPath: '.status.inFlight' },
    { name: 'Since', type: 'date', jsonPath: '.status.since' },
    { name: 'Reason', type: 'string', jsonPath: '.spec.reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectable: [],
  rights: {
    verbs: ['get', 'list', 'watch'],
    executor: ['get', 'list', 'watch'],
    optional: {
      'emergencyStop.throughApi': 'create',
      'emergencyStop.resumeThroughApi': 'delete',
    },
  },
});
