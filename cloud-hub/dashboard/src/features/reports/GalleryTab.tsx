import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useReports, type ReportOffer } from '../../api';
import { useMay } from '../../app/SessionGate';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { JobDialog } from '../jobs/JobDialog';
import { JobList } from '../jobs/JobList';
import { ReportDialog } from './ReportDialog';
import { useReportTitle } from './useReportTitle';

/** The reports there are, and those that were made. */
export default function GalleryTab() {
  const { t } = useTranslation('work');
  const may = useMay();
  const query = useReports();
  const [making, setMaking] = useState<ReportOffer | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <Section title={t('gallery.title')}>
        <QueryView
          query={query}
          skeleton={<RowsSkeleton rows={3} height={96} />}
          empty={(data) => (data.reports.length === 0 ? <Notice state="empty" icon="report" title={t('gallery.empty.title')} text={t('gallery.empty.text')} /> : null)}
        >
          {(data) => (
            <Box component="ul" sx={{ display: 'grid', gap: 1.5, m: 0, p: 0, gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 260px), 1fr))' }}>
              {data.reports.map((report) => (
                <Card key={report.kind} report={report} onMake={setMaking} />
              ))}
            </Box>
          )}
        </QueryView>
      </Section>
      {may('jobs.read') && (
        <Section title={t('gallery.runs')} flush>
          <JobList
            asked={{ kind: 'report' }}
            caption={t('gallery.runs')}
            onOpen={setOpen}
            empty={<Notice state="empty" icon="report" title={t('gallery.noRun.title')} text={t('gallery.noRun.text')} />}
          />
        </Section>
      )}
      {making && <ReportDialog report={making} onClose={() => setMaking(null)} onMade={setOpen} />}
      {open && <JobDialog id={open} onClose={() => setOpen(null)} />}
    </Box>
  );
}

function Card({ report, onMake }: { report: ReportOffer; onMake: (report: ReportOffer) => void }) {
  const { t } = useTranslation('work');
  const may = useMay();
  const title = useReportTitle()(report);
  const allowed = may(report.needs);
  return (
    <Paper component="li" sx={{ listStyle: 'none', border: 1, borderColor: 'divider', p: 2, display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Typography variant="h3" component="h3" sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
        <Icon name="report" />
        {title}
      </Typography>
      <Typography variant="body2" color="textSecondary" sx={{ flex: 1 }}>
        {t(`about.${report.kind}`, { defaultValue: report.about })}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <Button size="small" variant="outlined" disabled={!allowed} aria-label={t('gallery.makeNamed', { title })} onClick={() => onMake(report)}>
          {t('gallery.make')}
        </Button>
        <Typography variant="caption" color="textSecondary">
          {allowed ? report.formats.map((each) => t(`format.${each}`)).join(', ') : t('gallery.needs', { permission: report.needs })}
        </Typography>
      </Box>
    </Paper>
  );
}
