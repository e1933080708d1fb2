import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Product } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { StatusChip } from '../../ui/StatusChip';
import { digitsOf } from './price';

interface ProductTableProps {
  products: Product[];
  caption: string;
  onOpen: (id: string) => void;
  headless?: boolean;
}

/** Drawn again only for other rows: not for every letter of a search. */
export const ProductTable = memo(function ProductTable({ products, caption, onOpen, headless }: ProductTableProps) {
  const { t } = useTranslation(['products', 'translation']);
  const format = useFormat();
  const columns: Column<Product>[] = [
    {
      key: 'name',
      label: t('column.name'),
      width: '34%',
      cell: (product) => (
        <Box component="span" sx={{ display: 'block', minWidth: 0 }}>
          <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1, fontWeight: 650 }}>
            {product.name || t('noName')}
            {product.retired_at && <StatusChip tone="quiet">{t('retired')}</StatusChip>}
          </Box>
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {product.sku}
          </Typography>
        </Box>
      ),
    },
    { key: 'group', label: t('column.group'), width: '26%', cell: (product) => product.hierarchy.join(' › ') || product.category || t('translation:noValue') },
    {
      key: 'price',
      label: t('column.price'),
      width: '12%',
      number: true,
      cell: ({ price }) => (price ? format.money({ amount: price.price, currency: price.currency }, digitsOf(price.price)) : t('translation:noValue')),
    },
    {
      key: 'barcodes',
      label: t('column.barcodes'),
      width: '18%',
      cell: ({ barcodes: [first, ...others] }) => (first ? t('barcodes', { first: first.gtin, count: others.length + 1, others: format.number(others.length) }) : t('translation:noValue')),
    },
    {
      key: 'open',
      label: t('column.open'),
      unlabelled: true,
      width: '10%',
      cell: (product) => (
        <Button size="small" aria-label={t('openNamed', { name: product.name || product.sku })} onClick={() => onOpen(product.id)}>
          {t('open')}
        </Button>
      ),
    },
  ];
  return <SimpleTable caption={caption} columns={columns} rows={products} rowKey={(product) => product.id} headless={headless} />;
});
