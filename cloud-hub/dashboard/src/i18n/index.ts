import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';

/** The texts of an area of the application; all but the first travel with the pages that speak them. */
const AREAS = {
  translation: () => Promise.resolve<object>(en),
  admin: () => import('./en.admin').then((m) => m.admin),
  account: () => import('./en.account').then((m) => m.account),
  products: () => import('./en.products').then((m) => m.products),
  entry: () => import('./en.entry').then((m) => m.entry),
  alerts: () => import('./en.alerts').then((m) => m.alerts),
  rules: () => import('./en.rules').then((m) => m.rules),
  cases: () => import('./en.cases').then((m) => m.cases),
  notifications: () => import('./en.notifications').then((m) => m.notifications),
  office: () => import('./en.office').then((m) => m.office),
  access: () => import('./en.access').then((m) => m.access),
  routing: () => import('./en.routing').then((m) => m.routing),
  system: () => import('./en.system').then((m) => m.system),
  work: () => import('./en.work').then((m) => m.work),
  search: () => import('./en.search').then((m) => m.search),
  tools: () => import('./en.tools').then((m) => m.tools),
  home: () => import('./en.home').then((m) => m.home),
} as const;
export type Area = keyof typeof AREAS;

interface Language {
  name: string;
  rtl: boolean;
  load: (area: Area) => Promise<object>;
}

/** Languages that ship. `rtl` turns the whole page; each catalogue but the first English one is its own chunk. */
export const LANGUAGES: Record<string, Language> = {
  en: { name: 'English', rtl: false, load: (area) => AREAS[area]() },
};

const lengthened = async (area: Area) => (await import('./pseudo')).lengthened(await AREAS[area]());

/** Not offered to people: 40 % longer text (`en-XA`) and mirrored layout (`ar-XB`), for tests and reviewers. */
const PSEUDO: typeof LANGUAGES = {
  'en-XA': { name: 'Pseudo', rtl: false, load: lengthened },
  'ar-XB': { name: 'Pseudo, mirrored', rtl: true, load: lengthened },
};

const KEY = 'vyavs.language';

function known(code: string | null) {
  return code ? (LANGUAGES[code] ?? PSEUDO[code]) : undefined;
}

/** Fetches what is not there yet: another language, or an area that is opened for the first time. */
const catalogues: BackendModule = {
  type: 'backend',
  init: () => {},
  read: (code, area, done) => {
    const language = known(code);
    if (!language || !(area in AREAS)) return done(new Error(`there are no texts for ${area} in ${code}`), false);
    language.load(area as Area).then(
      (texts) => done(null, texts as Record<string, string>),
      (cause: unknown) => done(cause instanceof Error ? cause : new Error(String(cause)), false),
    );
  },
};

export async function setLanguage(code: string): Promise<void> {
  const language = known(code);
  if (!language) return;
  await i18next.changeLanguage(code);
  document.documentElement.lang = code;
  document.documentElement.dir = language.rtl ? 'rtl' : 'ltr';
  localStorage.setItem(KEY, code);
}

export async function startI18n(): Promise<void> {
  await i18next
    .use(initReactI18next)
    .use(catalogues)
    .init({
      lng: 'en',
      fallbackLng: 'en',
      load: 'currentOnly',
      resources: { en: { translation: en } },
      partialBundledLanguages: true,
      ns: ['translation'],
      defaultNS: 'translation',
      interpolation: { escapeValue: false },
      returnNull: false,
      showSupportNotice: false,
    });
  const asked = new URLSearchParams(location.search).get('lng') ?? localStorage.getItem(KEY);
  if (asked && asked !== 'en') await setLanguage(asked);
}
