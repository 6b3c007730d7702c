import csv
import os.path as osp
from typing import Callable, List, Optional, Union

from mmengine.utils import check_file_exist

from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS
from mmaction.utils import ConfigType


@DATASETS.register_module()
class CsvDataset(BaseActionDataset):
    """Videos and class names in a table."""

    METAINFO = dict(classes=('right', 'left'))

    def __init__(
        self,
        ann_file: str,
        pipeline: List[Union[dict, Callable]],
        data_prefix: ConfigType = dict(video=''),
        multi_class: bool = False,
        num_classes: Optional[int] = None,
        start_index: int = 0,
        modality: str = 'RGB',
        test_mode: bool = False,
        delimiter: str = ',',
        **kwargs,
    ) -> None:
        self.delimiter = delimiter
        super().__init__(
            ann_file,
            pipeline=pipeline,
            data_prefix=data_prefix,
            multi_class=multi_class,
            num_classes=num_classes,
            start_index=start_index,
            modality=modality,
            test_mode=test_mode,
            **kwargs,
        )

    def load_data_list(self) -> List[dict]:
        check_file_exist(self.ann_file)
        data_list = []
        with open(self.ann_file) as fin:
            for row in csv.DictReader(fin, delimiter=self.delimiter):
                filename = row['video']
                if self.data_prefix['video'] is not None:
                    filename = osp.join(self.data_prefix['video'], filename)
                data_list.append(dict(filename=filename, label=self.metainfo['classes'].index(row['action'])))
        return data_list

    def get_data_info(self, idx: int) -> dict:
        data_info = super().get_data_info(idx)
        data_info['table'] = osp.basename(self.ann_file)
        return data_info
