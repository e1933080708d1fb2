/** Texts of the panels that only some roles have on their overview. */
export const home = {
  fleet: {
    title: 'Devices that need you',
    where: '{{device}}, {{store}}',
    column: { device: 'Device', why: 'Why', heard: 'Last heard', agent: 'Agent' },
    concern: { silent: 'Silent', input: 'Input does not answer', disk: 'Buffer nearly full', clock: 'Clock not set', never: 'Not heard yet' },
    well: { title: 'All devices are well', text_one: 'The {{count}} device is heard and answers.', text_other: 'All {{count}} devices are heard, and their inputs answer.' },
    none: { title: 'No device yet', text: 'Devices appear here once a store has connected its first one.' },
  },
  care: {
    title: 'The hub itself',
    log: 'Audit log',
    last: 'Changed last',
    byAt: '{{who}} · {{age}}',
    keys: 'See keys',
    ends: '{{name}} ends on {{at}}',
    none: { title: 'Nothing was changed yet', text: 'Changes of people, keys, stores and settings appear here.' },
  },
} as const;
