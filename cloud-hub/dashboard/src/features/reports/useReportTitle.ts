import { useTranslation } from 'react-i18next';
import type { ReportOffer } from '../../api';

/** What a report is called here; one that the catalogue does not know keeps the hub's own title. */
export function useReportTitle(): (report: Pick<ReportOffer, 'kind' | 'title'>) => string {
  const { t } = useTranslation('work');
  return ({ kind, title }) => t(`report.${kind}`, { defaultValue: title });
}
