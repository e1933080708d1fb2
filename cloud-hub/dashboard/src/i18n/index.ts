import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';

/** Languages that ship. `rtl` turns the whole page; each catalogue but `en` is its own chunk. */
export const LANGUAGES: Record<string, { name: string; rtl: boolean; load: () => Promise<object> }> = {
  en: { name: 'English', rtl: false, load: () => Promise.resolve(en) },
};

/** Not offered to people: 40 % longer text (`en-XA`) and mirrored layout (`ar-XB`), for tests and reviewers. */
const PSEUDO: typeof LANGUAGES = {
  'en-XA': { name: 'Pseudo', rtl: false, load: () => import('./pseudo').then((m) => m.lengthened(en)) },
  'ar-XB': { name: 'Pseudo, mirrored', rtl: true, load: () => import('./pseudo').then((m) => m.lengthened(en)) },
};

const KEY = 'vyavs.language';

function known(code: string | null) {
  return code ? (LANGUAGES[code] ?? PSEUDO[code]) : undefined;
}

export async function setLanguage(code: string): Promise<void> {
  const language = known(code);
  if (!language) return;
  if (!i18next.hasResourceBundle(code, 'translation')) {
    i18next.addResourceBundle(code, 'translation', await language.load());
  }
  await i18next.changeLanguage(code);
  document.documentElement.lang = code;
  document.documentElement.dir = language.rtl ? 'rtl' : 'ltr';
  localStorage.setItem(KEY, code);
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  });
  const asked = new URLSearchParams(location.search).get('lng') ?? localStorage.getItem(KEY);
  if (asked && asked !== 'en') await setLanguage(asked);
}
