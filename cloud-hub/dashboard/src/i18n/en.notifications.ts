/** Texts of what a person is told. */
export const notifications = {
  title: 'Notifications',
  readAll: 'Mark all as read',
  choose: 'What am I told?',
  new: 'New',
  read: 'Mark as read',
  readNamed: 'Mark as read: {{title}}',
  go: 'Go there',
  goNamed: 'Go there: {{title}}',
  more: 'Show more',
  empty: { title: 'You were told nothing yet', text: 'Work that you asked for, and alerts that you are to know of, are told here.' },
} as const;
