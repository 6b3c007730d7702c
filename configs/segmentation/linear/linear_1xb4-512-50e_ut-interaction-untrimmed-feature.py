_base_ = ['../mstcnpp/mstcnpp_1xb4-512-50e_ut-interaction-untrimmed-feature.py']

classes = ['background', 'shake hands', 'hug', 'kick', 'point', 'punch', 'push']

model = dict(_delete_=True, type='LinearSegmentor', in_channels=512, num_classes=7, dropout=0.3, classes=classes)
