//! Plays the six scenes of call park to the built module, and tells them.

use callpark_standin::scenes::SCENES;

fn main() {
    println!(
        "This is the stand-in switch: a test double with the real mod_callpark.so in it. No phones, no audio."
    );
    for (number, scene) in SCENES.iter().enumerate() {
        println!("{}. {}: {}", number + 1, scene.title, (scene.play)(0));
    }
}
