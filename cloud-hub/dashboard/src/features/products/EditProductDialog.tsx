import Alert from '@mui/material/Alert';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeProduct, useProduct, versionOf, type ProductAnswer } from '../../api';
import { PROBLEM, problemOf } from '../../api/problem';
import { FormDialog } from '../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { Conflict, type Difference } from './Conflict';
import { changeOf, draftOf, FIELDS, faultsOf, inWords, type Draft } from './draft';
import { ProductFields } from './ProductFields';
import { refusalOf } from './refused';

/** What is said of a product, changed at the version it was read at. */
export default function EditProductDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('products');
  const query = useProduct({ id });
  const [read, setRead] = useState<ProductAnswer>();
  // Later readings are what somebody else made of it; what is edited is the first.
  if (!read && query.data) setRead(query.data);
  if (read) return <Edit read={read} now={query.data ?? read} onClose={onClose} />;
  return (
    <FormDialog title={t('change')} onClose={onClose}>
      <QueryView query={query} skeleton={<RowsSkeleton rows={4} height={56} />}>
        {() => null}
      </QueryView>
    </FormDialog>
  );
}

interface EditProps {
  /** As it was when the dialog opened. */
  read: ProductAnswer;
  /** As the hub has it now, when a change was refused. */
  now: ProductAnswer;
  onClose: () => void;
}

function Edit({ read, now, onClose }: EditProps) {
  const { t } = useTranslation('products');
  const [change, { isLoading, error, reset }] = useChangeProduct();
  const [draft, setDraft] = useState<Draft>(() => draftOf(read));
  const [tried, setTried] = useState(false);
  const faults = faultsOf(draft);
  const wanted = changeOf(read, draft);
  const save = async (version: string) => {
    setTried(true);
    if (!wanted || faults.size > 0) return;
    const answer = await change({ id: read.id, 'If-Match': version, productChange: wanted });
    // A refused change, too, makes the product be read again: see its tags.
    if (answer.data) onClose();
  };
  const stale = problemOf(error, PROBLEM.stale) !== null;
  const refusal = refusalOf(error, draft);
  const known = versionOf(now) !== versionOf(read);
  return (
    <FormDialog
      title={t('changeTitle', { name: read.name || read.sku })}
      submit={stale ? undefined : t('save')}
      onSubmit={() => save(versionOf(read))}
      onClose={onClose}
      busy={isLoading}
      error={stale || refusal ? undefined : error}
      maxWidth="sm"
    >
      {stale && known && <Conflict differences={differences(now, draft, wanted, t)} busy={isLoading} onMine={() => void save(versionOf(now))} onTheirs={onClose} />}
      {tried && !wanted && (
        <Alert severity="info" variant="outlined" role="status">
          {t('nothing')}
        </Alert>
      )}
      {!stale && (
        <ProductFields
          draft={draft}
          faults={tried ? faults : new Map()}
          refusal={refusal}
          listed
          onChange={(next) => {
            setDraft(next);
            setTried(false);
            reset();
          }}
        />
      )}
    </FormDialog>
  );
}

type Words = ReturnType<typeof useTranslation<'products'>>['t'];

/** What the other one left differently in the fields that are to be changed. */
function differences(now: ProductAnswer, draft: Draft, wanted: ReturnType<typeof changeOf>, t: Words): Difference[] {
  const theirs = draftOf(now);
  const value = (each: Draft, field: (typeof FIELDS)[number]) => (field === 'retired' ? t(each.retired ? 'listing.retired' : 'listing.listed') : inWords(each, field));
  return FIELDS.filter((field) => wanted?.[field] !== undefined)
    .map((field) => ({ field: t(`fields.${field}`), theirs: value(theirs, field), mine: value(draft, field) }))
    .filter((each) => each.theirs !== each.mine);
}
