"""Live pictures of the book: in Jupyter, in Colab, and in pages without a kernel."""

from supertoy.widgets.abslayer import AbsLayer
from supertoy.widgets.absorption import Absorption
from supertoy.widgets.attackplane import AttackPlane
from supertoy.widgets.basisrotation import BasisRotation
from supertoy.widgets.losslandscape import LossLandscape
from supertoy.widgets.neuronbrowser import NeuronBrowser
from supertoy.widgets.neuronstack import NeuronStack
from supertoy.widgets.phasediagram import PhaseDiagram
from supertoy.widgets.polygonpacker import PolygonPacker
from supertoy.widgets.polytopeviewer import PolytopeViewer
from supertoy.widgets.samplestofeatures import SamplesToFeatures
from supertoy.widgets.trainer import Trainer
from supertoy.widgets.trainingscrubber import TrainingScrubber
from supertoy.widgets.twoinone import TwoInOne
from supertoy.widgets.workbench import Workbench

__all__ = [
    "AbsLayer",
    "Absorption",
    "AttackPlane",
    "BasisRotation",
    "LossLandscape",
    "NeuronBrowser",
    "NeuronStack",
    "PhaseDiagram",
    "PolygonPacker",
    "PolytopeViewer",
    "SamplesToFeatures",
    "Trainer",
    "TrainingScrubber",
    "TwoInOne",
    "Workbench",
]
