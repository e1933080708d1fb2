/** Texts of what helps on every page: going by name, filters under a name. */
export const tools = {
  palette: {
    label: 'Go to a page or store',
    placeholder: 'Page, store or action',
    page: 'Page',
    store: 'Store',
    storeIn: 'Store, {{city}}',
    admin: { people: 'People', keys: 'API keys', webhooks: 'Webhooks', privacy: 'Privacy requests', retention: 'Retention', audit: 'Audit log', organization: 'Organization' },
    none: 'Nothing of that name. Check the spelling, or type less.',
    found_one: '{{count}} found',
    found_other: '{{count}} found',
  },
  views: {
    title: 'Saved views',
    kept: 'Kept views',
    none: 'No view is kept for this page yet.',
    name: 'Name for the present filter',
    help: 'Keeps filter, order and period as they are now.',
    plain: 'No filter is set: the view opens the page as it comes.',
    missing: 'Give the view a name.',
    save: 'Keep view',
    drop: 'Delete the view {{name}}',
    full: 'This browser keeps nothing more here. Delete a view, or allow the page to store data.',
    where: 'Kept on this device only, for you.',
  },
} as const;
