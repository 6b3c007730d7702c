# Person detector of fetch_proposal.py where MMDetection is installed: Faster R-CNN with ResNeXt-101, of its model zoo.
# Its weights are named by --checkpoint; persons are its first class.
_base_ = 'mmdet::faster_rcnn/faster-rcnn_x101-64x4d_fpn_1x_coco.py'
